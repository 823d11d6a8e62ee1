import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { main } from "../../cli/program.ts";
import { decodeTrace, encodeTrace } from "../../runner/trace-file.ts";
import { FAILING_DEFECT, FAILING_SCENARIO } from "../support/failing-scenario.ts";

const folder = mkdtempSync(join(tmpdir(), "zootrope-shrink-"));
const scenario = join(folder, "deposed-leader.scenario.yaml");
const shrunk = join(folder, "deposed-leader.shrunk.zt");
let plain = "";

beforeAll(async () => {
  writeFileSync(scenario, FAILING_SCENARIO);
  ({ out: plain } = await zootrope("shrink", scenario, "--defect", FAILING_DEFECT));
}, 60_000);
afterAll(() => rmSync(folder, { recursive: true }));

test("shrink tells its story on 80 columns and ends in what to do next", () => {
  expect(plain).not.toContain("\u001b");
  expect(Math.max(...plain.split("\n").map((line) => line.length))).toBeLessThanOrEqual(
    Math.max(80, ...plain.split("\n").map((line) => (line.includes(folder) ? line.length : 0))),
  );
  expect(plain).toContain("✗ S8 log matching");
  expect(plain).toContain(`zootrope replay ${shrunk}`);
});

test("with colours the story has the same words", async () => {
  vi.stubEnv("FORCE_COLOR", "1");
  const { out } = await zootrope("shrink", scenario, "--defect", FAILING_DEFECT);
  vi.unstubAllEnvs();

  const storyOf = (text: string): string[] =>
    text.split("\n").filter((line) => /^ +\d+\.\d{6} s/.test(line));
  expect(out).toContain("\u001b");
  expect(storyOf(stripVTControlCharacters(out))).toEqual(storyOf(plain));
  expect(storyOf(plain).length).toBeGreaterThan(5);
});

test("the counterexample replays to the same hash, and its scenario fails by itself", async () => {
  const replayed = await zootrope("replay", shrunk, "--json");
  const ran = await zootrope(
    "run",
    join(folder, "deposed-leader.shrunk.scenario.yaml"),
    "--defect",
    FAILING_DEFECT,
    "--json",
  );

  expect(replayed.code).toBe(0);
  expect(ran.code).toBe(1);
  expect(JSON.parse(ran.out)).toMatchObject({ checks: { "S8 log matching": "violated" } });
  expect(readFileSync(join(folder, "deposed-leader.shrunk.test.ts"), "utf8")).toContain(
    "deposed-leader",
  );
});

test("shrink --json takes the counterexample and prints one object", async () => {
  const { code, out } = await zootrope("shrink", shrunk, "--json");

  expect(code).toBe(0);
  expect(out.trim().split("\n")).toHaveLength(1);
  expect(JSON.parse(out)).toMatchObject({
    file: shrunk,
    defects: [FAILING_DEFECT],
    violation: { check: "S8 log matching" },
    counterexample: shrunk,
    faults: 1,
  });
});

test("a counterexample of another version that runs otherwise says which event differs first", async () => {
  const foreign = join(folder, "foreign.zt");
  const trace = await decodeTrace(chunksOf(readFileSync(shrunk)));
  const header = { ...trace.header, version: "0.0.9", seed: "another" };
  const chunks: Uint8Array[] = [];
  for await (const chunk of encodeTrace({ ...trace, header })) chunks.push(chunk);
  writeFileSync(foreign, Buffer.concat(chunks));

  const { code, out, err } = await zootrope("shrink", foreign);

  expect(code).toBe(1);
  expect(out).toBe("");
  expect(err).toContain("by zootrope 0.0.9");
  expect(err).toMatch(/first at event \d+/);
  expect(err).toContain("recorded  ");
  expect(err).toContain("again     ");
});

test.each([
  [["shrink", "leader-crash"], "nothing is violated in it"],
  [["shrink", join(folder, "none.zt")], "cannot be read: no such file or folder"],
  [["shrink", join(folder, "none.yaml")], "cannot be read: no such file or folder"],
  [["shrink", scenario, "--defect", "ZOOKEEPER-9999"], "unknown defect"],
  [["shrink"], "missing required argument"],
])("%s: one line, and code 2", async (words, message) => {
  const { code, out, err } = await zootrope(...words);

  expect(code).toBe(2);
  expect(out).toBe("");
  expect(err.trim().split("\n")).toHaveLength(1);
  expect(err).toContain(message);
});

async function* chunksOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function zootrope(
  ...words: readonly string[]
): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const write = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  const complain = vi.spyOn(process.stderr, "write").mockImplementation((text) => {
    err += String(text);
    return true;
  });
  try {
    return { code: await main(["node", "zootrope", ...words]), out, err };
  } finally {
    write.mockRestore();
    complain.mockRestore();
  }
}
