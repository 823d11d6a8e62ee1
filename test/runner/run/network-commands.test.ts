import { describe, expect, test } from "vitest";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import { advanceRun, beginRun, endRun, simulate, type Run } from "../../../runner/simulate.ts";
import { rowAt } from "../../../sim/trace/columns.ts";
import { LinkFaultCode, RowKind, type Row } from "../../../sim/trace/row.ts";
import type { Scenario } from "../../../runner/scenario/scenario.ts";

/** Three servers, 3 of which leads, a client at 1 that writes all the time, and these steps. */
function scenarioOf(steps: readonly string[], servers = 3): Scenario {
  return parseScenario(
    `
name: faults
title: Faults
seed: "1"
ensemble: { servers: ${servers}, tickMs: 200 }
clients:
  - { name: app, servers: [1], mix: { create: 1, set: 3 }, rate: 50, until: 12s, sessionTimeout: 4s, retries: 100 }
steps:
${steps.map((step) => `  - { ${step} }`).join("\n")}
until: 40s
expect:
  - { that: no violations }
  - { that: all synced }
  - { that: trees equal }
`,
    "faults",
    () => null,
  );
}

/** The run up to an instant of virtual time, in seconds. */
function runUntil(scenario: Scenario, untilS: number): Run {
  const run = beginRun(scenario, { trace: true });
  advanceRun(run, untilS * 1_000_000);
  return run;
}

function rowsOf(run: Run): Row[] {
  const { columns } = run.trace!;
  return Array.from({ length: columns.rows }, (_, row) => rowAt(columns, row));
}

/** Messages heard at `to` from `from` after one instant and until another, in seconds. */
function heard(run: Run, from: number, to: number, afterS: number, untilS: number): number {
  return rowsOf(run).filter(
    ({ kind, who, peer, atUs }) =>
      kind === RowKind.heard &&
      who === to &&
      peer === from &&
      atUs > afterS * 1_000_000 &&
      atUs <= untilS * 1_000_000,
  ).length;
}

/** What the trace tells of faults on links: `5.000 held 1>2 0`, `7.000 mended held 1>2`. */
function told(run: Run): string[] {
  const codes = Object.keys(LinkFaultCode);
  return rowsOf(run).flatMap(({ kind, who, peer, a, b, atUs }) => {
    const at = (atUs / 1_000_000).toFixed(3);
    const what = `${codes[a] ?? "?"} ${who}>${peer}`;
    if (kind === RowKind.linkFaulted) return [`${at} ${what} ${b}`];
    return kind === RowKind.linkMended ? [`${at} mended ${what}`] : [];
  });
}

/** Links on which anything stands or is wrong. */
function left({ cluster, hands }: Run): string[] {
  const links = [...cluster.network.hosts.values()].flatMap((host) => [...host.links.values()]);
  return [
    ...links
      .filter(
        ({ isOpen, trouble, latency }) =>
          !isOpen || trouble !== null || latency !== cluster.network.latency,
      )
      .map(({ from, to }) => `${from.name} ${to.name}`),
    ...hands.linkFaults.map(({ kind }) => kind),
    ...[...hands.partitions].map(() => "partition"),
  ];
}

// Each fault that lasts, written so that it ends by itself at 7 s, and what is counted.
const LASTING: readonly [step: string, counted: string][] = [
  ["do: partition, groups: [[3], [1, 2]], for: 2s", "partition"],
  ["do: partition, shape: halves, for: 2s", "partition"],
  ["do: partition, shape: bridge, for: 2s", "bridge partition"],
  ["do: partition, shape: ring, for: 2s", "majorities ring"],
  ["do: partition, from: 3, to: 2, for: 2s", "one-way partition"],
  ["do: isolate, server: leader, for: 2s", "isolation"],
  ["do: isolate, client: app, for: 2s", "isolation"],
  ["do: slow, from: 3, to: 2, by: 20ms, tail: 900ms, for: 2s", "slow link"],
  ["do: hold, from: 3, to: 2, for: 2s", "held link"],
  ["do: clog, server: leader, for: 2s", "held link"],
  ["do: clog, client: app, for: 2s", "held link"],
  ["do: throttle, server: leader, bytesPerSecond: 3000, for: 2s", "throttled link"],
  ["do: lose, server: leader, oneIn: 3, for: 2s", "lossy link"],
  ["do: refuse, server: leader, for: 2s", "refusal"],
  ["do: refuse, server: leader, silently: true, for: 2s", "refusal"],
  ["do: swizzle, over: 1s", "swizzle"],
];

describe.each(LASTING)("%s", (step, counted) => {
  const scenario = scenarioOf([`at: 5s, ${step}`]);

  test("is in force until its end, and leaves nothing behind", () => {
    const run = runUntil(scenario, 5.6);
    expect(left(run)).not.toEqual([]);

    advanceRun(run, 7_000_001);

    expect(left(run)).toEqual([]);
    expect(Object.fromEntries(run.cluster.faults)).toEqual({ [counted]: 1 });
  });

  test("is over at once when everything is healed, and does not come back", () => {
    const healed = scenarioOf([`at: 5s, ${step}`, "at: 5500ms, do: heal"]);
    const run = runUntil(healed, 5.4);
    expect(left(run)).not.toEqual([]);

    for (const untilS of [5.5, 6, 6.5, 7, 7.5]) {
      advanceRun(run, untilS * 1_000_000);
      expect(left(run)).toEqual([]);
    }
  });

  test("breaks no property, and comes to the same hash again, with a trace or without", () => {
    const first = simulate(scenario);

    expect(first.outcome.violations).toEqual([]);
    expect(simulate(scenario).outcome.traceHash).toBe(first.outcome.traceHash);
    expect(simulate(scenario, { trace: true }).outcome.traceHash).toBe(first.outcome.traceHash);
  });
});

describe("what a held link carries", () => {
  test("waits, and is heard when it is released, while the other way goes on", () => {
    const run = runUntil(
      scenarioOf(["at: 5s, do: hold, from: 2, to: 3", "at: 5500ms, do: release, from: 2"]),
      5.499,
    );
    expect(heard(run, 2, 3, 5, 5.499)).toBe(0);
    expect(heard(run, 3, 2, 5, 5.499)).toBeGreaterThan(20);

    advanceRun(run, 5_500_000);

    expect(heard(run, 2, 3, 5.499, 5.5)).toBeGreaterThan(20);
    expect(told(run)).toEqual(["5.000 held 2>3 0", "5.500 mended held 2>3"]);
    expect(endOf(run)).toEqual([]);
  });

  test("waits as long as the longest of several holds wants it to", () => {
    const run = runUntil(
      scenarioOf([
        "at: 5s, do: hold, from: 3, to: 2, for: 300ms",
        "at: 5100ms, do: clog, server: 3, for: 400ms",
      ]),
      5.499,
    );
    expect(heard(run, 3, 2, 5, 5.499)).toBe(0);

    advanceRun(run, 5_500_000);

    expect(heard(run, 3, 2, 5.499, 5.5)).toBeGreaterThan(0);
  });
});

test("partitions that overlap end one by one", () => {
  const run = runUntil(
    scenarioOf([
      "at: 5s, do: isolate, server: 3, for: 1s",
      "at: 5500ms, do: partition, groups: [[3], [1, 2]], for: 1s",
    ]),
    6.4,
  );
  expect(heard(run, 3, 2, 5.001, 6.4)).toBe(0);

  advanceRun(run, 8_000_000);

  expect(heard(run, 3, 2, 6.5, 8)).toBeGreaterThan(0);
  expect(endOf(run)).toEqual([]);
});

test("a heal between two partitions lets the second last as long as it should", () => {
  const run = runUntil(
    scenarioOf([
      "at: 5s, do: isolate, server: 3, for: 2s",
      "at: 6s, do: heal",
      "at: 6s, do: isolate, server: 3, for: 2s",
    ]),
    7.9,
  );
  expect(heard(run, 3, 2, 6.001, 7.9)).toBe(0);
});

test("on a ring of five there is a leader all the same", () => {
  const scenario = scenarioOf(["at: 5s, do: partition, shape: ring, for: 20s"], 5);
  const run = runUntil(scenario, 24);

  const leaders = run.cluster.servers.filter(({ server }) => server?.state === "LEADING");
  expect(leaders.map(({ server }) => server?.serving)).toEqual([true]);
  expect(heard(run, 5, 3, 10, 24)).toBe(0);
  expect(endOf(run)).toEqual([]);
});

test("the middle of a bridge leads when both halves lose their leader", () => {
  const scenario = scenarioOf(["at: 5s, do: partition, shape: bridge, for: 20s"], 5);
  const run = runUntil(scenario, 24);

  const leader = run.cluster.servers.find(({ server }) => server?.state === "LEADING");
  expect(leader?.server?.serving).toBe(true);
  expect(heard(run, 5, 1, 5.1, 24) + heard(run, 1, 5, 5.1, 24)).toBe(0);
  expect(endOf(run)).toEqual([]);
});

test("a swizzle clogs one server after the other, then unclogs one after the other", () => {
  const rows = told(
    runUntil(scenarioOf(["at: 5s, do: swizzle, servers: [1, 2, 3], over: 3s"]), 12),
  );
  const instants = (mended: boolean): string[] => [
    ...new Set(
      rows.filter((row) => row.includes("mended") === mended).map((row) => row.split(" ")[0] ?? ""),
    ),
  ];

  // The last one finds all links between servers held, and clogs those of the client.
  expect(instants(false)).toEqual(["5.000", "6.000", "7.000"]);
  expect(instants(true)).toEqual(["9.000", "10.000", "11.000"]);
  expect(rows.filter((row) => row.includes("mended"))).toHaveLength(rows.length / 2);
});

test("a throttled link lets through what fits, and is mended with nothing owed", () => {
  const scenario = scenarioOf([
    "at: 5s, do: throttle, from: 3, to: 2, bytesPerSecond: 2000, for: 500ms",
  ]);
  const run = runUntil(scenario, 5.499);
  const passed = heard(run, 3, 2, 5, 5.499);
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThan(heard(run, 3, 1, 5, 5.499) / 2);

  advanceRun(run, 5_600_000);

  expect(heard(run, 3, 2, 5, 5.6)).toBeGreaterThan(heard(run, 3, 1, 5, 5.499));
  expect(told(run)).toEqual(["5.000 throttled 3>2 2000", "5.500 mended throttled 3>2"]);
});

test("a slow link's tail is long, and most messages are far from its end", () => {
  const run = runUntil(
    scenarioOf(["at: 5s, do: slow, from: 2, to: 3, by: 5ms, tail: 400ms, for: 5s"]),
    10,
  );
  const sent = new Map(
    rowsOf(run)
      .filter(({ kind }) => kind === RowKind.sent)
      .map(({ link, atUs }) => [link, atUs]),
  );
  const tookMs = rowsOf(run)
    .filter(({ kind, who, peer, atUs }) => {
      return kind === RowKind.heard && who === 3 && peer === 2 && atUs > 5_100_000;
    })
    .map(({ link, atUs }) => (atUs - (sent.get(link) ?? 0)) / 1000)
    .sort((a, b) => a - b);

  expect(tookMs[0]).toBeGreaterThan(5);
  expect(tookMs.at(-1)).toBeGreaterThan(100);
  expect(tookMs.at(-1)).toBeLessThan(410);
  expect(tookMs[tookMs.length >> 2]).toBeLessThan(10);
});

describe("connections that are refused", () => {
  const steps = (silently: boolean): string[] => [
    `at: 5s, do: refuse, server: 3, silently: ${silently}, for: 2s`,
    "at: 5100ms, do: reset, from: 3, to: 1",
  ];

  test.each([false, true])("stay away until it is over; silently: %s", (silently) => {
    const run = runUntil(scenarioOf(steps(silently)), 6.99);
    expect(run.cluster.bySid.get(1)?.server?.serving).toBe(false);
    expect(run.cluster.bySid.get(2)?.server?.serving).toBe(true);
    expect(heard(run, 3, 2, 5.2, 6.99)).toBeGreaterThan(0);

    advanceRun(run, 40_000_000);

    expect(endOf(run)).toEqual([]);
    expect(told(run).filter((row) => row.includes("reset"))).toEqual(["5.100 reset 3>1 0"]);
  });
});

test("a reset may let the first messages through", () => {
  const lost = (keeps: number): number => {
    const steps = [
      "at: 5s, do: hold, from: 2, to: 3, for: 400ms",
      `at: 5300ms, do: reset, from: 3, to: 2, keeps: ${keeps}`,
    ];
    const { outcome, trace } = simulate(scenarioOf(steps), { trace: true });
    expect(outcome.violations).toEqual([]);
    const { columns } = trace!;
    return Array.from({ length: columns.rows }, (_, row) => rowAt(columns, row)).filter(
      ({ kind, who, peer }) => kind === RowKind.lost && who === 2 && peer === 3,
    ).length;
  };

  expect(lost(0) - lost(2)).toBe(2);
});

describe("a half-open connection", () => {
  test("is known to one side; the other finds out when it sends", () => {
    const run = runUntil(scenarioOf(["at: 5s, do: halfOpen, from: 1, to: 3"]), 5.02);
    const cut = rowsOf(run).filter(({ kind, atUs }) => kind === RowKind.cut && atUs > 5_000_000);

    expect(cut[0]).toMatchObject({ who: 1, peer: 3 });
    expect(told(run)).toEqual(["5.000 halfOpen 1>3 -1"]);
    expect(endOf(run)).toEqual([]);
  });

  test("may be heard late, on the old connection, behind what is said on the new one", () => {
    const run = runUntil(
      scenarioOf([
        "at: 5s, do: slow, from: 1, to: 3, by: 50ms, for: 10ms",
        "at: 5010ms, do: halfOpen, from: 1, to: 3, late: 300ms",
      ]),
      12,
    );
    const sentAt = new Map<number, number>();
    let disorder = 0;
    let newest = 0;
    for (const { kind, who, peer, link, atUs } of rowsOf(run)) {
      if (kind === RowKind.sent && who === 1 && peer === 3) sentAt.set(link, atUs);
      if (kind !== RowKind.heard || who !== 3 || peer !== 1) continue;
      const sentUs = sentAt.get(link) ?? 0;
      if (sentUs < newest - 100_000) disorder++;
      newest = Math.max(newest, sentUs);
    }

    expect(disorder).toBeGreaterThan(0);
    expect(endOf(run)).toEqual([]);
  });
});

function endOf(run: Run): unknown {
  advanceRun(run, 40_000_000);
  return endRun(run).outcome.violations;
}
