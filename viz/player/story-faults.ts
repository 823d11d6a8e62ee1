import { FaultCode, RowKind, type Row } from "../../sim/trace/row.ts";
import { cutsLabel, type Cut } from "./cuts.ts";
import type { TraceHeader } from "../../sim/trace/view.ts";
import type { FaultSpan, ResetMark } from "./story.ts";

export type OpenFaults = {
  readonly spans: FaultSpan[];
  /** By `kind from to`; a wall towards several is one span under several keys. */
  readonly open: Map<string, FaultSpan>;
  readonly crashUs: Map<number, number>;
  readonly resets: ResetMark[];
};

/** Takes a row about the world around the servers: what broke, what was mended, and who noticed. */
export function foldFaultRow(faults: OpenFaults, told: Row, row: number, text: string): void {
  const { who, peer, atUs } = told;
  switch (told.kind) {
    case RowKind.crashed:
      faults.crashUs.set(who, atUs);
      close(faults, `pause ${who}`, atUs);
      begin(faults, `crash ${who}`, span("crash", told, [], `crash ${who}`, row));
      return;
    case RowKind.started:
      close(faults, `crash ${who}`, atUs);
      return;
    case RowKind.paused:
      begin(faults, `pause ${who}`, span("pause", told, [], `pause ${who}`, row));
      return;
    case RowKind.resumed:
      close(faults, `pause ${who}`, atUs);
      return;
    case RowKind.walled:
      buildWall(faults, told, row);
      return;
    case RowKind.healed:
      close(faults, `wall ${who} ${peer}`, atUs);
      return;
    case RowKind.slowed:
      close(faults, `slow ${who} ${peer}`, atUs);
      begin(
        faults,
        `slow ${who} ${peer}`,
        span("slow", told, [peer], `slow ${who} → ${peer}`, row),
      );
      return;
    case RowKind.unslowed:
      close(faults, `slow ${who} ${peer}`, atUs);
      return;
    case RowKind.cut:
      foldReset(faults, told, row);
      return;
    case RowKind.faulted:
      foldTrouble(faults, told, row, text);
  }
}

/** Something wrong with a disk or a clock lasts until it ends, or until something else is wrong with it. */
function foldTrouble(faults: OpenFaults, told: Row, row: number, text: string): void {
  if (told.a === FaultCode.once) return;
  const [what = ""] = text.split(":");
  const key = `trouble ${told.who} ${what}`;
  close(faults, key, told.atUs);
  if (told.a === FaultCode.begins) {
    begin(faults, key, span("trouble", told, [], `${told.who}: ${text.replace(":", "")}`, row));
  }
}

export function closeFaults(faults: OpenFaults, header: TraceHeader, endUs: number): void {
  for (const key of [...faults.open.keys()]) close(faults, key, endUs);
  for (const fault of faults.spans) {
    if (fault.kind === "wall") fault.label = cutsLabel(header, cutsOf(fault));
  }
}

/** What one wall keeps apart. */
export function cutsOf({ sid, to }: FaultSpan): readonly Cut[] {
  return to.map((peer) => ({ from: sid, to: peer }));
}

/** Two servers may share several connections; the first that ends tells the news. */
function foldReset(faults: OpenFaults, { who, peer, atUs }: Row, row: number): void {
  const crashUs = faults.crashUs.get(peer);
  if (crashUs === undefined) return;
  const known = faults.resets.some(
    (each) => each.sid === who && each.peer === peer && each.crashUs === crashUs,
  );
  if (!known) faults.resets.push({ atUs, row, sid: who, peer, crashUs });
}

/** Walls from one server that go up at one instant are one wall. */
function buildWall(faults: OpenFaults, told: Row, row: number): void {
  const { who, peer, atUs } = told;
  const key = `wall ${who} ${peer}`;
  if (faults.open.has(key)) return;
  const last = faults.spans.findLast((each) => each.kind === "wall" && each.sid === who);
  if (last === undefined || last.fromUs !== atUs) {
    return begin(faults, key, span("wall", told, [peer], "", row));
  }
  const to = [...last.to, peer];
  const joined = { ...last, to };
  faults.spans[faults.spans.indexOf(last)] = joined;
  for (const [other, open] of faults.open) if (open === last) faults.open.set(other, joined);
  faults.open.set(key, joined);
}

function span(
  kind: FaultSpan["kind"],
  told: Row,
  to: readonly number[],
  label: string,
  row: number,
): FaultSpan {
  return { kind, sid: told.who, to, label, row, fromUs: told.atUs, toUs: told.atUs };
}

function begin(faults: OpenFaults, key: string, fault: FaultSpan): void {
  faults.spans.push(fault);
  faults.open.set(key, fault);
}

function close(faults: OpenFaults, key: string, atUs: number): void {
  const fault = faults.open.get(key);
  if (fault === undefined) return;
  faults.open.delete(key);
  fault.toUs = atUs;
}
