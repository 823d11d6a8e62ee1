import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { BUG_NAMES, SHIPPED_NAMES } from "../../runner/shipped.ts";
import { zootrope } from "../support/command.ts";

const folder = mkdtempSync(join(tmpdir(), "zootrope-test-"));
afterAll(() => rmSync(folder, { recursive: true }));

const FIELDS = [
  "scenario",
  "seed",
  "version",
  "ok",
  "events",
  "simulatedMs",
  "wallMs",
  "eventsPerSecond",
  "traceHash",
  "servers",
  "elections",
  "committed",
  "workload",
  "faults",
  "checks",
  "violations",
];

test("run --json prints one object with everything that scripts read", async () => {
  const { code, out, err } = await zootrope("run", "tutorial-three", "--seed", "007", "--json");

  const result = JSON.parse(out) as Record<string, unknown>;
  expect(code).toBe(0);
  expect(err).toBe("");
  expect(out.trim().split("\n")).toHaveLength(1);
  expect(Object.keys(result)).toEqual(expect.arrayContaining(FIELDS));
  expect(result["seed"]).toBe("007");
  expect(result["ok"]).toBe(true);
  expect(result["elections"]).toMatchObject([{ epoch: 27, leader: 3 }]);
});

test("the same seed gives the same hash, another seed another", async () => {
  const hashes = [];
  for (const seed of ["7", "7", "8"]) {
    const { out } = await zootrope("run", "sessions", "--seed", seed, "--json");
    hashes.push((JSON.parse(out) as { traceHash: string }).traceHash);
  }
  expect(hashes[0]).toBe(hashes[1]);
  expect(hashes[0]).not.toBe(hashes[2]);
});

test("a run's report fits 80 columns, without colour in a pipe, and ends in what replays it", async () => {
  const { code, out } = await zootrope("run", "tutorial-five");

  expect(code).toBe(0);
  expect(out).not.toContain("\u001b");
  expect(Math.max(...out.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  expect(out).toContain("server 102");
  expect(out).toContain("zootrope run tutorial-five --seed 1");
});

test("a missed expectation ends with exit code 1 and says which", async () => {
  const file = join(folder, "missed.scenario.yaml");
  writeFileSync(
    file,
    "name: missed\ntitle: T\nensemble: { servers: 3 }\nuntil: 3s\nexpect: [{ that: leader is 1 }]\n",
  );

  const { code, out } = await zootrope("run", file);

  expect(code).toBe(1);
  expect(out).toContain("✗ at the end: leader is 1");
  expect(out).toContain("not so: at the end: leader is 1");
});

test("a trace that was written replays as identical", async () => {
  const file = join(folder, "run.zt");
  await zootrope("run", "leader-isolated", "--seed", "5", "--trace", file);

  const replayed = await zootrope("replay", file);
  const asJson = await zootrope("replay", file, "--json");

  expect(replayed.code).toBe(0);
  expect(replayed.out).toMatch(
    /^identical {2}leader-isolated, seed 5, [\d,]+ events, hash [0-9a-f]{16}\n$/,
  );
  expect(JSON.parse(asJson.out)).toMatchObject({ identical: true, difference: null });
});

test("--until ends a run earlier, and what lies behind is not judged", async () => {
  const { code, out } = await zootrope("run", "leader-crash", "--until", "1s", "--json");

  expect(code).toBe(0);
  expect(JSON.parse(out)).toMatchObject({
    simulatedMs: 1000,
    ok: true,
    expectations: [{ expectation: "by 2s: leader elected", met: true }],
  });
});

test("scenarios lists what is shipped", async () => {
  const { out } = await zootrope("scenarios", "--json");
  const { scenarios } = JSON.parse(out) as { scenarios: Record<string, string>[] };

  expect(scenarios).toHaveLength(SHIPPED_NAMES.length + BUG_NAMES.length);
  for (const { name, title, file } of scenarios) {
    expect(readFileSync(file ?? "", "utf8")).toContain(`name: ${name}`);
    expect(title).not.toBe("");
  }
});

test("version prints the package's version", async () => {
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  expect((await zootrope("version")).out).toBe(`${version}\n`);
  expect((await zootrope("--version")).out).toBe(`${version}\n`);
});

// What was typed, and the one line on stderr that comes of it.
const BAD: readonly [words: string, message: string][] = [
  [
    "run leder-crash",
    'zootrope: there is no scenario "leder-crash", did you mean "leader-crash"? zootrope scenarios lists them, and a file ends in .yaml',
  ],
  ["run", "zootrope: missing required argument 'scenario'"],
  ["rnu leader-crash", "zootrope: unknown command 'rnu'; Did you mean run?"],
  ["run leader-crash --sed 3", "zootrope: unknown option '--sed'; Did you mean --seed?"],
  ["run leader-crash --seed", "zootrope: option '--seed <seed>' argument missing"],
  ["run nowhere.yaml", "nowhere.yaml  cannot be read: no such file or folder"],
  [
    "run leader-crash --until 3x",
    'zootrope: --until: expected a duration such as "500ms", "2s" or "1.5m", found "3x"',
  ],
  ["run leader-crash --trace no/such/x.zt", "no/such/x.zt  there is no folder no/such"],
  [
    "replay package.json",
    "package.json  not a Zootrope trace: expected zootrope-trace 1, found “{” at byte 0",
  ],
  ["replay nowhere.zt", "nowhere.zt  cannot be read: no such file or folder"],
  ["view a.zt", "zootrope: cannot read a.zt: no such file"],
  ["view a.yaml b.zt", "zootrope: view takes one scenario, or any number of .zt files"],
  [
    "view leader-crash --port 99999",
    'zootrope: --port: expected a number from 0 to 65535, found "99999"',
  ],
];

test.for(BAD)("zootrope %s is refused on one line, with exit code 2", async ([words, message]) => {
  const { code, out, err } = await zootrope(...words.split(" "));
  expect({ code, out, err }).toEqual({ code: 2, out: "", err: `${message}\n` });
});

test("an unknown defect is refused with the nearest name", async () => {
  const { code, out, err } = await zootrope("run", "leader-crash", "--defect", "zookeeper-1155");
  expect({ code, out }).toEqual({ code: 2, out: "" });
  expect(err).toMatch(
    /^--defect {2}unknown defect "zookeeper-1155", did you mean "ZOOKEEPER-1154"\? expected one of: ZOOKEEPER-1154 \(diff-without-trunc\), [^\n]*\n$/,
  );
});

test("a broken scenario is refused with its place", async () => {
  const file = join(folder, "broken.scenario.yaml");
  writeFileSync(file, "name: broken\ntitle: T\nensemble: { servers: 3 }\nuntil: soon\n");
  expect(await zootrope("run", file, "--json")).toEqual({
    code: 2,
    out: "",
    err: `${file}:4:8  expected a duration such as "500ms", "2s" or "1.5m", found "soon"\n`,
  });
});
