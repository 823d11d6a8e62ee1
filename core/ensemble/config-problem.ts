/**
 * A configuration that no server can start with: where, what was found and what was expected, on one line.
 * Lines count from 1; 0 is the file as a whole.
 */
export class ConfigProblem extends Error {
  readonly file: string;
  readonly line: number;
  readonly what: string;

  constructor(file: string, line: number, what: string) {
    super(formatNote({ file, line, what }));
    this.name = "ConfigProblem";
    this.file = file;
    this.line = line;
    this.what = what;
  }
}

/** Something of a configuration that is worth a line, and stops nobody. */
export type ConfigNote = { readonly file: string; readonly line: number; readonly what: string };

/** `zoo.cfg:12: tickTime: expected a whole number of ms, found "2s"` */
export function formatNote({ file, line, what }: ConfigNote): string {
  return line === 0 ? `${file}: ${what}` : `${file}:${line}: ${what}`;
}
