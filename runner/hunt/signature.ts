import type { Violation } from "../run/outcome.ts";

/**
 * What two violations share when they are the same failure: the check, and the kind of its message, which is the
 * message without its numbers and names.
 */
export function signatureOf({ check, message }: Pick<Violation, "check" | "message">): string {
  return `${check}: ${message.replace(/0x[0-9a-f]+|\d[\d.,]*/g, "#").replace(/\/[\w/#.-]+/g, "/…")}`;
}
