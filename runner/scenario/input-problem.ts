/** Where something stands in a file that a person wrote. Lines and columns count from 1; 0 is unknown. */
export type Place = { readonly file: string; readonly line: number; readonly column: number };

/**
 * Misuse: an input that cannot be understood. Thrown once, at the edge, with the place, what was
 * found and what was expected, all on one line.
 */
export class InputProblem extends Error {
  readonly place: Place;
  readonly what: string;

  constructor(place: Place, what: string) {
    super(`${formatPlace(place)}  ${what}`);
    this.name = "InputProblem";
    this.place = place;
    this.what = what;
  }
}

export function formatPlace({ file, line, column }: Place): string {
  if (line === 0) return file;
  return column === 0 ? `${file}:${line}` : `${file}:${line}:${column}`;
}
