import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { main } from "../cli/program.ts";

/** Every command that the README tells a newcomer to type is typed here, in its order, in an empty folder. */
const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "zootrope-readme-"));
const home = process.cwd();
process.chdir(folder);

afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true });
});

const scenario = /```yaml\n([\s\S]*?)```/.exec(readme)?.[1] ?? "";
writeFileSync("my-crash.scenario.yaml", scenario);

const commands = [...readme.matchAll(/^npx zootrope (.*?)(?:\s+#.*)?$/gm)].map((found) =>
  (found[1] ?? "").trim().split(/\s+/),
);

test("the README shows a tour", () => {
  expect(commands.map(([name]) => name)).toEqual([
    "scenarios",
    "run",
    "replay",
    "view",
    "hunt",
    "bugs",
    "bench",
    "run",
    "server",
    "server",
    "server",
  ]);
});

test.for(commands)("zootrope %s does what the README says", { timeout: 60_000 }, async (words) => {
  // These go on until they are told to stop, or take minutes: here it is enough that they exist. What the server's verbs
  // do is seen in test/cli/server.test.ts.
  const endless = ["view", "bench", "server"].includes(words[0] ?? "");

  const { code, out } = await typed(endless ? [words[0] ?? "", "--help"] : words);

  expect(code).toBe(0);
  expect(out).not.toBe("");
});

async function typed(words: readonly string[]): Promise<{ code: number; out: string }> {
  let out = "";
  const keep = (text: string | Uint8Array): boolean => {
    out += String(text);
    return true;
  };
  const spies = [
    vi.spyOn(process.stdout, "write").mockImplementation(keep),
    vi.spyOn(process.stderr, "write").mockImplementation(() => true),
  ];
  try {
    return { code: await main(["node", "zootrope", ...words]), out };
  } finally {
    for (const spy of spies) spy.mockRestore();
  }
}
