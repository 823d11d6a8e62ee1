import { FaultCode, RowKind, type Row } from "../../sim/trace/row.ts";
import { cutsLabel, type Cut } from "./cuts.ts";
import { linkLabel } from "./link-words.ts";
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
      beginTogether(faults, span("wall", told, [peer], "", row), `wall ${who} ${peer}`);
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
    case RowKind.linkFaulted:
      beginLinkFault(faults, told, row);
      return;
    case RowKind.linkMended:
      close(faults, linkKey(told), atUs);
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
    if (fault.kind === "link") fault.label = linkLabel(header, fault, cutsOf(fault));
  }
}

/** What one wall keeps apart, or which links one fault is on. */
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

/** What is over at once is a span without length. */
function beginLinkFault(faults: OpenFaults, told: Row, row: number): void {
  const key = linkKey(told);
  close(faults, key, told.atUs);
  const fault = { ...span("link", told, [told.peer], "", row), code: told.a, measure: told.b };
  beginTogether(faults, fault, key);
  if (told.c === 1) faults.open.delete(key);
}

function linkKey({ a, who, peer }: Row): string {
  return `link ${a} ${who} ${peer}`;
}

/** What goes up from one server at one instant, towards several, is one span. */
function beginTogether(faults: OpenFaults, fault: FaultSpan, key: string): void {
  if (faults.open.has(key)) return;
  const { kind, code, measure, sid } = fault;
  const last = faults.spans.findLast(
    (each) =>
      each.kind === kind && each.code === code && each.measure === measure && each.sid === sid,
  );
  if (last === undefined || last.fromUs !== fault.fromUs) return begin(faults, key, fault);
  const joined = { ...last, to: [...last.to, ...fault.to] };
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
  const { who: sid, atUs } = told;
  return { kind, code: 0, measure: 0, sid, to, label, row, fromUs: atUs, toUs: atUs };
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
