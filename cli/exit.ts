/** The command's exit codes; other people's scripts depend on them. */
export const ExitCode = {
  asHoped: 0,
  /** A property was violated, or a replay differs. */
  violated: 1,
  badInput: 2,
  interrupted: 130,
} as const;

/** Misuse of the command: one line for the person who typed it. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "UsageError";
  }
}
