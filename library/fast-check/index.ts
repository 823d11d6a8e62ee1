/*
 * `zootrope/fast-check`: cases of simulated ensembles as values that fast-check draws and shrinks.
 */

export { assertAlways, type AlwaysOptions } from "./assert-always.ts";
export { cases } from "./cases.ts";
export { ensembles, type EnsembleOptions } from "./ensembles.ts";
export { faultSchedules, type FaultScheduleOptions } from "./fault-schedules.ts";
export { workloads, type WorkloadOptions } from "./workloads.ts";
