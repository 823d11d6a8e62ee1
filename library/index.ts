/*
 * `zootrope`: simulated ensembles in a test. What is not here is no part of the promise and may change.
 */

export { caseInput, type Case } from "./case.ts";
export { act, advance, advanceUntil, cluster, end, leader, type ClusterRun } from "./cluster.ts";
export { assertSafe, replayText, violationReport } from "./safe.ts";
export { scenario, shipped } from "./scenario.ts";
export { simulate, type Result } from "./simulate.ts";

export type { Violation } from "../runner/run/outcome.ts";
export type * from "../runner/scenario/input.ts";
export { InputProblem } from "../runner/scenario/input-problem.ts";
export type { Scenario } from "../runner/scenario/scenario.ts";
export { scenarioYaml } from "../runner/scenario/write.ts";
export { SHIPPED_NAMES } from "../runner/shipped.ts";
export type { SimulateOptions } from "../runner/simulate.ts";

export { CHECK_NAMES, type CheckId } from "../sim/check/catalogue.ts";
export type { History, HistoryEntry } from "../sim/workload/history.ts";

export { describeRow, replay, type Replay } from "../runner/replay.ts";
export { decodeTrace, encodeTrace } from "../runner/trace-file.ts";
export { rowAt } from "../sim/trace/columns.ts";
export { RowKind, type Row } from "../sim/trace/row.ts";
export { textOf, type Trace } from "../sim/trace/trace.ts";
export { TraceFileError } from "../sim/trace/trace-file-error.ts";
