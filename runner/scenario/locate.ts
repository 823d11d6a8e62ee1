import {
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Pair,
} from "yaml";
import { InputProblem, type Place } from "./input-problem.ts";

export type KeyPath = readonly (string | number)[];

/** A YAML text, and the way back from any of its values to where that stands. */
export type Source = {
  readonly file: string;
  /** Null where a program made the scenario, and no file. */
  readonly document: Document | null;
  readonly lines: LineCounter;
};

/** A YAML text that was read. */
export type TextSource = Source & { readonly document: Document };

/** What a program made: its values are named by the way to them, as in `drawn: steps[2].at`. */
export function madeSource(name: string): Source {
  return { file: name, document: null, lines: new LineCounter() };
}

/** @throws InputProblem when the text is no YAML, or names a key twice */
export function readYaml(text: string, file: string): TextSource {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const fault = document.errors[0];
  if (fault !== undefined) {
    const { line, col } = lines.linePos(fault.pos[0]);
    throw new InputProblem(
      { file, line, column: col },
      `not valid YAML: ${plainText(fault.message)}`,
    );
  }
  return { file, document, lines };
}

/** Where the value at `path` stands; where it is missing, where the nearest thing around it does. */
export function placeOf(source: Source, path: KeyPath): Place {
  if (source.document === null) {
    return { file: `${source.file}: ${nameOf(path)}`, line: 0, column: 0 };
  }
  for (let length = path.length; length >= 0; length--) {
    const node = nodeAt(source, path.slice(0, length));
    if (isNode(node) && node.range) return placeAt(source, node.range[0]);
  }
  return { file: source.file, line: 0, column: 0 };
}

/** Where the key at the end of `path` stands. */
export function placeOfKey(source: Source, path: KeyPath): Place {
  const key = pairAt(nodeAt(source, path.slice(0, -1)), path.at(-1) ?? "")?.key;
  return isNode(key) && key.range ? placeAt(source, key.range[0]) : placeOf(source, path);
}

/** `steps[2].at` */
function nameOf(path: KeyPath): string {
  return path
    .map((key, index) => {
      if (typeof key === "number") return `[${key}]`;
      return index === 0 ? key : `.${key}`;
    })
    .join("");
}

function nodeAt(source: Source, path: KeyPath): unknown {
  let node: unknown = source.document?.contents;
  for (const key of path) {
    node = isSeq(node) && typeof key === "number" ? node.items[key] : pairAt(node, key)?.value;
  }
  return node;
}

/** Keys are compared as text: `1:` is a number in YAML and a name here. */
function pairAt(node: unknown, name: string | number): Pair | undefined {
  if (!isMap(node)) return undefined;
  return node.items.find(({ key }) => isScalar(key) && String(key.value) === String(name));
}

function placeAt(source: Source, offset: number): Place {
  const { line, col } = source.lines.linePos(offset);
  return { file: source.file, line, column: col };
}

function plainText(message: string): string {
  const line = message.split("\n")[0] ?? message;
  return line.charAt(0).toLowerCase() + line.slice(1);
}
