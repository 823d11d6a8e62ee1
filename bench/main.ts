import { cpus } from "node:os";
import { exhaustiveStates } from "./exhaustive.ts";
import { huntSeeds } from "./hunt.ts";
import { bareLoop, kernelEvents, networkEvents } from "./kernel.ts";
import { linearizability } from "./linearizability.ts";
import { alone, coreEvents, elections, idleSpeedup, loadSpeedup } from "./measure.ts";

/** One promise about speed: what is measured, and the figure that it must reach. */
type Bench = {
  readonly name: string;
  readonly what: string;
  readonly unit: string;
  readonly bar: number;
  /** Whether more or less than the bar is good. */
  readonly good: "more" | "less";
  readonly measure: () => number;
  /** It may be slower on a slower machine: at least this share of the bare loop, measured in the same run. */
  readonly shareOfBareLoop?: number;
};

type Result = {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly bar: number;
  readonly reference: { readonly name: string; readonly value: number } | null;
};

const BARE_LOOP = "bare-loop";

const BENCHES: readonly Bench[] = [
  {
    name: BARE_LOOP,
    what: "pop, draw, push; 64 pending",
    unit: "events/s",
    bar: 0,
    good: "more",
    measure: bareLoop,
  },
  {
    name: "kernel-events",
    what: "the kernel alone, 64 pending",
    unit: "events/s",
    bar: 8_000_000,
    good: "more",
    measure: kernelEvents,
  },
  {
    name: "kernel-garbage",
    what: "bytes an event leaves behind",
    unit: "B/event",
    bar: 1,
    good: "less",
    measure: () => alone("garbage"),
  },
  {
    name: "network-events",
    what: "kernel and network",
    unit: "events/s",
    bar: 0,
    good: "more",
    measure: networkEvents,
  },
  {
    name: "core-events",
    what: "five servers under load; checks, hash, trace on",
    unit: "events/s",
    bar: 500_000,
    good: "more",
    measure: coreEvents,
    shareOfBareLoop: 1 / 20,
  },
  {
    name: "elections",
    what: "five servers: first notification to serving",
    unit: "elections/s",
    bar: 2500,
    good: "more",
    measure: () => elections(5),
  },
  {
    name: "elections-three",
    what: "the same with three",
    unit: "elections/s",
    bar: 5000,
    good: "more",
    measure: () => elections(3),
  },
  {
    name: "idle-speedup",
    what: "five servers, nothing to do: virtual over wall time",
    unit: "×",
    bar: 10_000,
    good: "more",
    measure: idleSpeedup,
  },
  {
    name: "load-speedup",
    what: "three servers, 1,000 writes/s: virtual over wall time",
    unit: "×",
    bar: 20,
    good: "more",
    measure: () => loadSpeedup(3),
  },
  {
    name: "load-speedup-five",
    what: "the same with five",
    unit: "×",
    bar: 0,
    good: "more",
    measure: () => loadSpeedup(5),
  },
  {
    name: "trace-cost",
    what: "share of a run's time that recording adds",
    unit: "%",
    bar: 15,
    good: "less",
    measure: () => alone("trace") * 100,
  },
  {
    name: "hash-cost",
    what: "share that the hash adds",
    unit: "%",
    bar: 5,
    good: "less",
    measure: () => alone("hash") * 100,
  },
  {
    name: "contract-check",
    what: "share that all checks add, the clients' contract among them",
    unit: "%",
    bar: 15,
    good: "less",
    measure: () => alone("contract") * 100,
  },
  {
    name: "linearizability",
    what: "five clients, ten registers: calls that the search judges",
    unit: "calls/s",
    bar: 500_000,
    good: "more",
    measure: linearizability,
  },
  {
    name: "linearizability-memory",
    what: "most memory while a million calls are made and judged",
    unit: "MB",
    bar: 1024,
    good: "less",
    measure: () => alone("million"),
  },
  {
    name: "hunt-seeds",
    what: "seeds of the general swarm, one core",
    unit: "runs/s",
    bar: 30,
    good: "more",
    measure: huntSeeds,
  },
  {
    name: "million-event-memory",
    what: "most memory of a million-event run",
    unit: "MB",
    bar: 300,
    good: "less",
    measure: () => alone("memory"),
  },
  {
    name: "exhaustive-states",
    what: "every schedule of three servers, two writes, one crash",
    unit: "states/s",
    bar: 100_000,
    good: "more",
    measure: exhaustiveStates,
  },
];

main(process.argv.slice(2));

function main(words: readonly string[]): void {
  const json = words.includes("--json");
  const names = words.filter((word) => !word.startsWith("--"));
  const unknown = names.find((name) => !BENCHES.some((bench) => bench.name === name));
  if (unknown !== undefined) {
    const known = BENCHES.map(({ name }) => name).join(", ");
    console.error(`unknown benchmark "${unknown}"; expected one of: ${known}`);
    process.exitCode = 2;
    return;
  }
  const chosen = BENCHES.filter(({ name }) => names.length === 0 || names.includes(name));
  const reference = bareLoop();
  const results: Result[] = [];
  for (const bench of chosen) {
    const result = resultOf(bench, reference);
    results.push(result);
    if (!json) console.log(lineOf(bench, result));
  }
  if (json) console.log(JSON.stringify({ machine: machine(), results }));
  else console.log(`\n${machine()}`);
}

function resultOf(bench: Bench, bareLoopRate: number): Result {
  const { name, unit } = bench;
  const value = name === BARE_LOOP ? bareLoopRate : bench.measure();
  const share = bench.shareOfBareLoop;
  const bar = share === undefined ? bench.bar : Math.min(bench.bar, bareLoopRate * share);
  const isRate = unit === "events/s" && name !== BARE_LOOP;
  return {
    name,
    value: rounded(value),
    unit,
    bar: rounded(bar),
    reference: isRate ? { name: BARE_LOOP, value: rounded(bareLoopRate) } : null,
  };
}

function lineOf({ what, good }: Bench, { name, value, unit, bar }: Result): string {
  const figure = `${value.toLocaleString("en")} ${unit}`;
  const reached = good === "more" ? value >= bar : value <= bar;
  const verdict = bar === 0 ? "" : `${reached ? "✓" : "✗"} ${bar.toLocaleString("en")}`;
  return `${name.padEnd(21)} ${figure.padStart(24)}  ${verdict.padEnd(12)} ${what}`;
}

function rounded(value: number): number {
  return Math.abs(value) >= 100 ? Math.round(value) : Math.round(value * 100) / 100;
}

function machine(): string {
  const [first] = cpus();
  return `${cpus().length} × ${first?.model ?? "unknown"}, Node ${process.versions.node}, ${process.platform}`;
}
