import { shrink, type Shrunk } from "../shrink/shrink.ts";
import { tellStory, type Story } from "../shrink/story.ts";
import { testText } from "../shrink/test-text.ts";
import { keepCase } from "./corpus.ts";
import type { Found } from "./hunt.ts";
import { recordCase } from "./record-case.ts";

/** A finding that is on the disk. */
export type Kept = Found & {
  /** Its trace. */
  readonly file: string;
  /** An earlier hunt had found it. */
  readonly isOld: boolean;
  /** Null as long as it is as it was found. */
  readonly shrunk: (Shrunk & { readonly story: Story }) | null;
};

/** Keeps a finding as it was found. */
export async function keepFinding(
  folder: string,
  search: string,
  found: Found,
  defects: readonly string[],
): Promise<Kept> {
  const counterexample = recordCase(found.case, defects, found.violation.atMs);
  const file = await keepCase(folder, nameOf(search, found, defects), counterexample);
  return { ...found, file, isOld: false, shrunk: null };
}

/** Makes a kept finding smaller, in place. */
export async function shrinkFinding(
  folder: string,
  kept: Kept,
  defects: readonly string[],
): Promise<Kept> {
  const { signature } = kept;
  const shrunk = shrink({ input: kept.case, defects, signature });
  if (shrunk === null) return kept;
  const { input, violation } = shrunk;
  const counterexample = recordCase(input, defects, violation.atMs);
  const name = kept.file.slice(folder.length + 1, -".zt".length);
  const file = await keepCase(folder, name, counterexample, testText(shrunk, violation));
  return {
    ...kept,
    file,
    shrunk: { ...shrunk, story: tellStory(counterexample.trace, violation) },
  };
}

/** `zookeeper-1154-swarm-s8-26`: the defects, what was searched, the check, the seed. */
function nameOf(search: string, { violation, seed }: Found, defects: readonly string[]): string {
  const check = violation.check.split(" ")[0] ?? "";
  return [...defects, search, check, seed].join("-").toLowerCase();
}
