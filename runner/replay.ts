import { RowKind } from "../sim/trace/row.ts";
import { rowAt } from "../sim/trace/columns.ts";
import { textOf, type HashMark, type Trace } from "../sim/trace/trace.ts";
import { parseScenario } from "./scenario/parse.ts";
import { formatInstant } from "./scenario/duration.ts";
import { simulate } from "./simulate.ts";
import { VERSION } from "./version.ts";

/** The first row in which two runs differ; null on the side that has ended. */
export type Difference = {
  /** Index of the row, and the event that it belongs to. */
  readonly row: number;
  readonly event: number;
  readonly atMs: number;
  readonly recorded: string | null;
  readonly again: string | null;
};

export type Replay = {
  readonly identical: boolean;
  readonly scenario: string;
  readonly seed: string;
  readonly version: { readonly recorded: string; readonly own: string };
  readonly hash: { readonly recorded: string; readonly again: string };
  readonly events: { readonly recorded: number; readonly again: number };
  readonly difference: Difference | null;
};

/** The versions that a replay of `trace` would compare, when they are not the same. */
export function foreignVersion(trace: Trace): string | null {
  return trace.header.version === VERSION ? null : trace.header.version;
}

/**
 * Runs a trace's scenario and seed again, up to where the trace ends, and compares.
 *
 * @throws InputProblem when the scenario in the trace, or a defect, is not known any more
 */
export function replay(trace: Trace): Replay {
  const { header, footer } = trace;
  const scenario = parseScenario(header.scenario.text, header.scenario.name, () => null);
  const endUs = footer?.endUs ?? scenario.untilUs;
  const { trace: again, outcome } = simulate(scenario, {
    seed: header.seed,
    defects: header.defects,
    untilUs: endUs,
    trace: true,
  });
  const recordedHash = footer?.hash ?? trace.marks.at(-1)?.hash ?? "";
  const row = again === null ? null : firstDifference(trace, again);
  return {
    identical: row === null && recordedHash === outcome.traceHash,
    scenario: header.scenario.name,
    seed: header.seed,
    version: { recorded: header.version, own: VERSION },
    hash: { recorded: recordedHash, again: outcome.traceHash },
    events: { recorded: footer?.turns ?? 0, again: outcome.events },
    difference: row === null || again === null ? null : differenceAt(trace, again, row),
  };
}

/**
 * The hashes say between which two marks runs part. Rows are looked at from there, and before it only when
 * nothing was found: the hash is of the run, and what a file says of it may have been changed.
 */
export function firstDifference(recorded: Trace, again: Trace): number | null {
  const count = Math.max(recorded.columns.rows, again.columns.rows);
  const common = lastCommonMark(recorded.marks, again.marks);
  return differenceIn(recorded, again, common, count) ?? differenceIn(recorded, again, 0, common);
}

function differenceIn(recorded: Trace, again: Trace, from: number, to: number): number | null {
  for (let row = from; row < to; row++) if (!isSameRow(recorded, again, row)) return row;
  return null;
}

/** Equal hashes at a mark mean that everything before it was equal: the last such mark, by bisection. */
function lastCommonMark(recorded: readonly HashMark[], again: readonly HashMark[]): number {
  let low = 0;
  let high = Math.min(recorded.length, again.length);
  while (low < high) {
    const middle = (low + high) >> 1;
    const one = recorded[middle];
    const other = again[middle];
    if (one?.hash === other?.hash && one?.row === other?.row) low = middle + 1;
    else high = middle;
  }
  return recorded[low - 1]?.row ?? 0;
}

function isSameRow(recorded: Trace, again: Trace, index: number): boolean {
  if (index >= recorded.columns.rows || index >= again.columns.rows) return false;
  const one = rowAt(recorded.columns, index);
  const other = rowAt(again.columns, index);
  return (
    one.turn === other.turn &&
    one.atUs === other.atUs &&
    one.kind === other.kind &&
    one.who === other.who &&
    one.peer === other.peer &&
    one.zxid === other.zxid &&
    one.a === other.a &&
    one.b === other.b &&
    one.c === other.c &&
    one.link === other.link
  );
}

function differenceAt(recorded: Trace, again: Trace, row: number): Difference {
  const side = row < recorded.columns.rows ? recorded : again;
  const { turn, atUs } = rowAt(side.columns, row);
  return {
    row,
    event: turn,
    atMs: atUs / 1000,
    recorded: describeRow(recorded, row),
    again: describeRow(again, row),
  };
}

const KIND_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(RowKind).map(([name, kind]) => [kind, name]),
);

/** Kinds whose link is a text. */
const TEXTS: ReadonlySet<number> = new Set([
  RowKind.stepped,
  RowKind.captioned,
  RowKind.proposed,
  RowKind.invoked,
  RowKind.watched,
  RowKind.violated,
  RowKind.expected,
]);

/** Kinds whose peer is a server; −1 is nobody, and not a client. */
const WITHOUT_CLIENTS: ReadonlySet<number> = new Set([
  RowKind.state,
  RowKind.vote,
  RowKind.elected,
]);

/** One row on one line, with all that it holds. */
export function describeRow(trace: Trace, index: number): string | null {
  if (index >= trace.columns.rows) return null;
  const row = rowAt(trace.columns, index);
  const words = [
    formatInstant(row.atUs),
    `event ${row.turn}`,
    nameOf(trace, row.who),
    KIND_NAMES.get(row.kind) ?? `kind ${row.kind}`,
  ];
  const isNobody = row.peer === -1 && WITHOUT_CLIENTS.has(row.kind);
  if (row.peer !== 0) words.push(isNobody ? "nobody" : nameOf(trace, row.peer));
  if (row.zxid !== 0n) words.push(`0x${BigInt.asUintN(64, row.zxid).toString(16)}`);
  words.push(`(${row.a}, ${row.b}, ${row.c})`);
  if (TEXTS.has(row.kind)) words.push(`“${textOf(trace, row.link)}”`);
  else if (row.link !== 0) words.push(`#${row.link}`);
  return words.join("  ");
}

function nameOf(trace: Trace, who: number): string {
  if (who === 0) return "run";
  return who > 0 ? `server ${who}` : (trace.header.clients[-1 - who] ?? `client ${who}`);
}
