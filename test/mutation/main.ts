/**
 * The mutation score: mistakes planted in a copy of the core, one at a time, and which checks find them. Prints the
 * table; ends with 1 if a mutant is found by nothing, or cannot be planted any more.
 *
 *   npm run mutants [-- PART OF A NAME] [-- --shard K/N]
 */
import { spawnSync } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { parseArgs } from "node:util";
import { MUTANTS, type Mutant } from "./mutants.ts";

const ROOT = resolve(import.meta.dirname, "../..");
const COPIED = [
  "core",
  "sim",
  "runner",
  "scenarios",
  "test/support",
  "test/mutation",
  "package.json",
];
const SECONDS = 30;
const TIMEOUT_MS = 3 * SECONDS * 1000;

const { values, positionals } = parseArgs({
  options: { shard: { type: "string", default: "1/1" } },
  allowPositionals: true,
});
const [shard = 1, shards = 1] = values.shard.split("/").map(Number);
const chosen = MUTANTS.filter(({ name }) => name.includes(positionals[0] ?? "")).filter(
  (_, index) => index % shards === shard - 1,
);
const copy = mkdtempSync(join(tmpdir(), "zootrope-mutants-"));
try {
  for (const part of COPIED) cpSync(join(ROOT, part), join(copy, part), { recursive: true });
  symlinkSync(join(ROOT, "node_modules"), join(copy, "node_modules"));
  const healthy = checksThatFind();
  if (healthy !== "") throw new Error(`without a mutant the checks find ${healthy}`);
  let survivors = 0;
  for (const mutant of chosen) {
    const found = judged(mutant);
    if (found === "") survivors++;
    console.log(`${mutant.name.padEnd(62)} ${found === "" ? "SURVIVES" : found}`);
  }
  console.log(`\n${chosen.length - survivors} of ${chosen.length} mutants are found`);
  if (survivors > 0) process.exitCode = 1;
} finally {
  rmSync(copy, { recursive: true });
}

function judged(mutant: Mutant): string {
  const file = join(copy, mutant.file);
  const source = readFileSync(file, "utf8");
  if (source.split(mutant.text).length !== 2) {
    throw new Error(`"${mutant.name}": ${mutant.file} does not hold its text once`);
  }
  writeFileSync(
    file,
    source.replace(mutant.text, () => mutant.becomes),
  );
  try {
    return checksThatFind();
  } finally {
    writeFileSync(file, source);
  }
}

/** Ids of checks and in how many runs each of them struck, the most frequent first. */
function checksThatFind(): string {
  const words = ["--import", "tsx", join(copy, "test/mutation/run-mutant.ts"), String(SECONDS)];
  const child = spawnSync(process.execPath, words, {
    cwd: copy,
    encoding: "utf8",
    timeout: TIMEOUT_MS,
  });
  if (child.error !== undefined) return "never ends";
  if (child.status !== 0) return `ends with ${child.status}: ${child.stderr.slice(0, 200)}`;
  const found = Object.entries(JSON.parse(child.stdout) as Record<string, number>);
  return found
    .sort(([, a], [, b]) => b - a)
    .map(([check, count]) => `${/^[A-Z]\d+(?= )/.exec(check)?.[0] ?? check} (${count})`)
    .join(", ");
}
