import type { TraceHeader } from "./view.ts";

/** Why a file cannot be played: not a trace at all, a trace of another format, or one with broken bytes. */
export type TraceFileProblem = "foreign" | "version" | "damaged";

/** One sentence with what was expected, what was found and where (a byte offset); never a stack for the user. */
export class TraceFileError extends Error {
  readonly problem: TraceFileProblem;
  readonly expected: string;
  readonly found: string;
  readonly atByte: number;
  /** What could still be read of a header of another format. */
  readonly header: Partial<TraceHeader> | null;

  constructor(
    problem: TraceFileProblem,
    expected: string,
    found: string,
    atByte: number,
    header: Partial<TraceHeader> | null,
  ) {
    super(`${SENTENCE[problem]}: expected ${expected}, found ${found} at byte ${atByte}`);
    this.name = "TraceFileError";
    this.problem = problem;
    this.expected = expected;
    this.found = found;
    this.atByte = atByte;
    this.header = header;
  }
}

const SENTENCE = {
  foreign: "not a Zootrope trace",
  version: "a trace of another version",
  damaged: "a damaged trace",
} as const;
