/** One measure in a process of its own, as a user's run is: `trace`, `hash`, `memory`, `garbage`, `contract` or `million`; prints the number. */
import { readFileSync } from "node:fs";
import { buildEnsemble, runFor, startAll } from "./ensemble.ts";
import { kernelBytesPerEvent } from "./kernel.ts";
import { judgeMillion } from "./linearizability.ts";
import { checksCost, costOf } from "./measure.ts";

const EVENTS = 1_000_000;

/** MB that this process held at most, after a million events with checks, hash and trace. */
function memory(): number {
  const cluster = buildEnsemble({
    servers: 5,
    writesPerSecond: 1000,
    trace: true,
    turnsMax: EVENTS,
  });
  startAll(cluster);
  while (cluster.kernel.turnCount < EVENTS) runFor(cluster, 1);
  return peakMegabytes();
}

function peakMegabytes(): number {
  // Not getrusage: on Linux its maximum begins with what the parent held when it forked.
  const line = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync("/proc/self/status", "utf8"));
  return Number(line?.[1] ?? NaN) / 1024;
}

const name = process.argv[2];
if (name === "memory") console.log(memory());
else if (name === "garbage") console.log(kernelBytesPerEvent());
else if (name === "trace" || name === "hash") console.log(costOf(name));
else if (name === "contract") console.log(checksCost());
else if (name === "million") {
  judgeMillion();
  console.log(peakMegabytes());
} else
  throw new Error(
    `no measure is called ${String(name)}: expected trace, hash, memory, garbage, contract or million`,
  );
