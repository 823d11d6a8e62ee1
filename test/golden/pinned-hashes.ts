import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** One more seed than each scenario's own, so that a pin is not of a single lucky run. */
export const OTHER_SEED = "4711";

/** Hashes by scenario: of its own seed, and of {@link OTHER_SEED}. */
export type PinnedHashes = Record<string, { readonly own: string; readonly other: string }>;

const FILE = fileURLToPath(new URL("./hashes.json", import.meta.url));

/**
 * What every shipped scenario came to when it was last meant to change. Old seeds keep their meaning as long as
 * this file does; `UPDATE_GOLDEN=1 npx vitest run test/golden` writes it anew, and the commit says why.
 */
export function pinnedHashes(): PinnedHashes {
  return existsSync(FILE) ? (JSON.parse(readFileSync(FILE, "utf8")) as PinnedHashes) : {};
}

export function pinHashes(hashes: PinnedHashes): void {
  writeFileSync(FILE, `${JSON.stringify(hashes, null, 2)}\n`);
}
