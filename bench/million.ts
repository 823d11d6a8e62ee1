/** One run of a million events, in a process of its own; prints the most memory that it held, in kB. */
import { buildEnsemble, runFor, startAll } from "./ensemble.ts";

const cluster = buildEnsemble({
  servers: 5,
  writesPerSecond: 1000,
  trace: true,
  turnsMax: 1_000_000,
});
startAll(cluster);
while (cluster.kernel.turnCount < 1_000_000) runFor(cluster, 1);
console.log(process.resourceUsage().maxRSS);
