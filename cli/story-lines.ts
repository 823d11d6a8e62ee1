import type { Story } from "../runner/shrink/story.ts";
import { wrap } from "./table.ts";
import type { Paint } from "./terminal.ts";

const WIDTH = 80;
/** `  12.345678 s  `, then `server 3  `. */
const TIME_WIDTH = 14;

/** A story on lines of 80 columns: when, who, what; at the end the property and the two facts. */
export function storyLines({ events, violation, facts }: Story, paint: Paint): string[] {
  const whoWidth = Math.max(...events.map(({ who }) => who.length)) + 2;
  const indent = " ".repeat(TIME_WIDTH + whoWidth);
  const told = events.slice(0, -1).flatMap(({ atUs, who, text, kind }) => {
    const [first = "", ...rest] = wrap(text, WIDTH, indent);
    const words = first.slice(indent.length);
    const head = `${instant(atUs).padStart(TIME_WIDTH - 2)}  `;
    const line = `${paint("dim", head)}${paint("bold", who.padEnd(whoWidth))}`;
    return kind === "step"
      ? [`${line}${paint("yellow", words)}`, ...rest.map((more) => paint("yellow", more))]
      : [`${line}${words}`, ...rest];
  });
  return [...told, "", ...violationLines(violation.check, facts, events.at(-1)?.atUs ?? 0, paint)];
}

function violationLines(
  check: string,
  [first = "", second]: readonly string[],
  atUs: number,
  paint: Paint,
): string[] {
  const head = `${paint(["bold", "red"], `✗ ${check}`)}  ${paint("dim", `at ${instant(atUs)}`)}`;
  const one = wrap(first, WIDTH, "      ");
  if (second === undefined) return [head, ...one];
  const other = wrap(second, WIDTH, "      ");
  return [head, ...one.map(led("  one:")), ...other.map(led("other:"))];
}

/** A label in front of the first line. */
function led(label: string): (line: string, index: number) => string {
  return (line, index) => (index === 0 ? `${label} ${line.trimStart()}` : ` ${line}`);
}

function instant(us: number): string {
  return `${(us / 1_000_000).toFixed(6)} s`;
}
