import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { main } from "../../cli/program.ts";

// Whole hunts, with what they find made small: seconds, and more where others use the machine too.
vi.setConfig({ testTimeout: 60_000 });

const folder = mkdtempSync(join(tmpdir(), "zootrope-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

type Json = {
  found: boolean;
  seed: string | null;
  runs: number;
  violation: { check: string } | null;
  counterexample: string;
  stepsBefore: number;
  stepsAfter: number;
  coverage: { reached: number; cells: { cell: string; seed: string | null }[] };
  findings: { known: boolean; signature: string }[];
};

test("a defect is found, made smaller and kept, and the corpus is replayed first the next time", async () => {
  const corpus = join(folder, "corpus");
  const words = ["hunt", "--defect", "2845", "--corpus", corpus, "--json"];
  const found = await zootrope(...words);

  const json = JSON.parse(found.out) as Json;
  expect(found.code).toBe(1);
  expect(json).toMatchObject({ found: true, seed: String(json.runs) });
  expect(json.stepsAfter).toBeLessThan(json.stepsBefore);
  // A single run reaches some forty cells, and one may be all it takes.
  expect(json.coverage.reached).toBeGreaterThan(20);

  const replayed = await zootrope("replay", json.counterexample);
  expect(replayed.code).toBe(0);
  const yaml = json.counterexample.replace(/\.zt$/, ".scenario.yaml");
  const again = await zootrope("run", yaml, "--defect", "2845", "--json");
  expect(again.code).toBe(1);
  expect((JSON.parse(again.out) as { violations: { check: string }[] }).violations[0]?.check).toBe(
    json.violation?.check,
  );
  expect((await zootrope("run", yaml)).code).toBe(0);

  const next = JSON.parse((await zootrope(...words)).out) as Json;
  expect(next).toMatchObject({
    found: true,
    runs: 0,
    counterexample: json.counterexample,
    findings: [{ known: true }],
  });
});

test("a hunt that finds nothing says how much it has looked at, on lines of 80 columns", async () => {
  const { code, out } = await zootrope(
    "hunt",
    "tutorial-three",
    "--seeds",
    "1..3",
    "--workers",
    "1",
  );

  expect(code).toBe(0);
  expect(out).toContain("Hunt on tutorial-three  seeds 1 to 3");
  expect(out).toContain("nothing was violated in 3 runs");
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
});

test("what is in the corpus and cannot be read is named, and the hunt goes on", async () => {
  const corpus = join(folder, "damaged");
  mkdirSync(corpus);
  const file = "cut.zt";
  writeFileSync(join(corpus, file), "not a trace");

  const { code, out } = await zootrope("hunt", "--seeds", "1..2", "--corpus", corpus);

  expect(code).toBe(0);
  expect(out).toContain("Skipped");
  expect(out).toContain(file);
});

test.each([
  [["--seeds", "9..1"], "--seeds: expected two numbers such as 1..1000"],
  [["--seeds", "many"], "--seeds: expected two numbers such as 1..1000"],
  [["--for", "soon"], "--for: expected a duration"],
  [["--workers", "0"], "--workers: expected a whole number from 1 to 256"],
  [["--defect", "1155"], 'unknown defect "1155", did you mean'],
  [["leader-crush"], 'there is no scenario "leader-crush", did you mean "leader-crash"'],
])("hunt %j is refused in one line", async (words, line) => {
  const { code, err } = await zootrope("hunt", ...words);

  expect(code).toBe(2);
  expect(err).toContain(line);
  expect(err.trim().split("\n")).toHaveLength(1);
});

test("Ctrl-C ends a hunt with exit code 130, and says what it had done", async () => {
  let ended = await interrupted(2000);
  // A signal that comes before the hunt has begun just ends the process: then it comes later the next time.
  for (let afterMs = 4000; ended.code === null && afterMs < 25_000; afterMs *= 2) {
    ended = await interrupted(afterMs);
  }

  expect(ended.code).toBe(130);
  expect(JSON.parse(ended.out)).toMatchObject({ found: false, interrupted: true });
});

async function interrupted(
  afterMs: number,
): Promise<{ readonly code: number | null; readonly out: string }> {
  const words = ["hunt", "--seeds", "1..", "--for", "1000s", "--json", "--corpus", folder];
  const child = spawn(process.execPath, ["--import", "tsx", "cli/main.ts", ...words]);
  let out = "";
  child.stdout.on("data", (chunk) => (out += String(chunk)));
  await new Promise((resolve) => setTimeout(resolve, afterMs));
  child.kill("SIGINT");
  const code = await new Promise<number | null>((resolve) => child.on("close", resolve));
  return { code, out };
}

async function zootrope(
  ...words: string[]
): Promise<{ readonly code: number; readonly out: string; readonly err: string }> {
  let out = "";
  let err = "";
  const stdout = vi.spyOn(process.stdout, "write").mockImplementation((chunk) => {
    out += String(chunk);
    return true;
  });
  const stderr = vi.spyOn(process.stderr, "write").mockImplementation((chunk) => {
    err += String(chunk);
    return true;
  });
  try {
    return { code: await main(["node", "zootrope", ...words]), out, err };
  } finally {
    stdout.mockRestore();
    stderr.mockRestore();
  }
}
