import { formatZxid, type Zxid } from "../../core/zxid.ts";
import { rowAt } from "../../sim/trace/columns.ts";
import { RowKind, StateCode, type Row } from "../../sim/trace/row.ts";
import { textOf, type Trace } from "../../sim/trace/trace.ts";
import type { Violation } from "../run/outcome.ts";
import { readScenarioInput } from "../scenario/parse.ts";
import { causalPast, isSameTurn } from "./past.ts";

/** A failing run in words: the events that matter, and the two facts that do not agree. */
export type Story = {
  readonly events: readonly StoryEvent[];
  readonly violation: Violation;
  /** What happened, and what it should have agreed with; one alone where a message has no two halves. */
  readonly facts: readonly string[];
};

export type StoryEvent = {
  /** Index of the row in the trace. */
  readonly row: number;
  readonly atUs: number;
  /** `server 3`, `client a`, or `the run` for a step of the scenario. */
  readonly who: string;
  /** In the present tense, without its subject. */
  readonly text: string;
  /** For colours: what somebody did to the ensemble, or what the ensemble did. */
  readonly kind: "step" | "event" | "violation";
};

/** Tells the run in `trace`, which ends in `violation`. */
export function tellStory(trace: Trace, violation: Violation): Story {
  const rows = rowsUpTo(trace, violation);
  const zxids = zxidsIn(violation.message);
  const past = causalPast(trace, rootsOf(rows, violation, zxids));
  const teller: Teller = { trace, rows, past, zxids, few: fewKinds(rows) };
  const events = rows.flatMap((_, index) => eventOf(teller, index));
  return {
    events: [...startOf(teller), ...latenessOf(trace), ...events, endOf(rows, violation)],
    violation,
    facts: violation.message.split(SEAM, 2).map((fact) => fact.trim()),
  };
}

type Teller = {
  readonly trace: Trace;
  readonly rows: readonly Row[];
  readonly past: Uint8Array;
  /** The transactions that the violation is about. */
  readonly zxids: ReadonlySet<bigint>;
  /** Kinds of row of which there are so few that each of them is told. */
  readonly few: ReadonlySet<number>;
};

/** Where the message of a check goes from the one fact to the other. */
const SEAM =
  /; |, (?=with(?:out)? |which |where |not one of |and )| (?=than it was |while |without |that lacks |with acks |with NEWLEADER acks |and with it |with a history |after )/;

const FEW = 8;

function fewKinds(rows: readonly Row[]): Set<number> {
  return new Set(
    [RowKind.proposed, RowKind.invoked].filter(
      (kind) => rows.filter((row) => row.kind === kind).length <= FEW,
    ),
  );
}

/** The rows up to the violation. */
function rowsUpTo(trace: Trace, { event }: Violation): Row[] {
  const rows: Row[] = [];
  for (let index = 0; index < trace.columns.rows; index++) {
    const row = rowAt(trace.columns, index);
    if (row.turn > event) break;
    rows.push(row);
  }
  return rows;
}

/** The violation, and what made the transactions in question what they are. */
function rootsOf(
  rows: readonly Row[],
  { server }: Violation,
  zxids: ReadonlySet<bigint>,
): number[] {
  const roots: number[] = [];
  const last = rows.findLastIndex(({ who, kind }) => who === server && kind !== RowKind.violated);
  if (last >= 0) roots.push(last);
  for (const [index, { kind, zxid }] of rows.entries()) {
    if (!zxids.has(zxid)) continue;
    if (kind === RowKind.proposed || kind === RowKind.committed) roots.push(index);
  }
  if (roots.length > 0) return roots;
  // Nobody's alone: whatever happened may have had a part in it.
  return [...new Map(rows.map(({ who }, index) => [who, index])).values()];
}

function zxidsIn(message: string): Set<bigint> {
  return new Set((message.match(/0x[0-9a-f]+/g) ?? []).map(BigInt).filter((zxid) => zxid > 0n));
}

/** Who was there from the beginning. */
function startOf({ rows }: Teller): StoryEvent[] {
  const sids = rows
    .filter(({ kind, atUs }) => kind === RowKind.started && atUs === 0)
    .map(({ who }) => who);
  if (sids.length === 0) return [];
  const many = sids.length > 1;
  const text = `server${many ? "s" : ""} ${sids.join(", ")} start${many ? "" : "s"}`;
  return [{ row: 0, atUs: 0, who: "the run", text, kind: "step" }];
}

/** The messages that the scenario makes late. */
function latenessOf({ header }: Trace): StoryEvent[] {
  const { deliveries = [] } = readScenarioInput(header.scenario.text, header.scenario.name);
  return deliveries.map(({ message, nth, from, to, connection, port, takes }) => ({
    row: 0,
    atUs: 0,
    who: "the run",
    text: `${message} ${nth} from ${partyText(from)} to ${partyText(to)} will take ${takes} (connection ${connection} to the ${port})`,
    kind: "step",
  }));
}

function partyText(party: number | string): string {
  return typeof party === "number" ? `server ${party}` : `client ${party}`;
}

function endOf(rows: readonly Row[], { server, message, atMs }: Violation): StoryEvent {
  const who = server > 0 ? `server ${server}` : "the run";
  const text = server > 0 && message.startsWith(who) ? message.slice(who.length + 1) : message;
  return { row: rows.length - 1, atUs: atMs * 1000, who, text, kind: "violation" };
}

function eventOf(teller: Teller, index: number): StoryEvent[] {
  const row = teller.rows[index]!;
  if (row.kind === RowKind.stepped) {
    const text = `${textOf(teller.trace, row.link)}${filled(teller, index)}`;
    return [{ row: index, atUs: row.atUs, who: "the run", text, kind: "step" }];
  }
  if (teller.past[index] !== 1) return [];
  const text = textOfRow(teller, index, row);
  if (text === null) return [];
  return [{ row: index, atUs: row.atUs, who: nameOf(teller.trace, row.who), text, kind: "event" }];
}

/** Whom the roles in a step stood for: those to whom something happened in its turn. */
function filled({ rows, trace }: Teller, index: number): string {
  if (/\d/.test(textOf(trace, rows[index]!.link))) return "";
  const touched = new Map<number, number>();
  for (let at = index + 1; at < rows.length && isSameTurn(trace, index, at); at++) {
    const { kind, who, peer } = rows[at]!;
    const sids = kind === RowKind.walled ? [who, peer] : LIVES.has(kind) ? [who] : [];
    for (const sid of sids) touched.set(sid, (touched.get(sid) ?? 0) + 1);
  }
  const most = Math.max(0, ...touched.values());
  const sids = [...touched].filter(([sid, count]) => sid > 0 && count === most).map(([sid]) => sid);
  return sids.length === 0 ? "" : ` (server${sids.length > 1 ? "s" : ""} ${sids.join(", ")})`;
}

const LIVES: ReadonlySet<number> = new Set([
  RowKind.crashed,
  RowKind.started,
  RowKind.paused,
  RowKind.resumed,
]);

const SYNC_MODES = ["DIFF", "TRUNC", "SNAP"] as const;

function textOfRow(teller: Teller, index: number, row: Row): string | null {
  const { trace, zxids, few } = teller;
  const isAsked = zxids.has(row.zxid);
  switch (row.kind) {
    case RowKind.started:
      return row.atUs === 0 || isStep(teller, index) ? null : "starts again";
    case RowKind.crashed:
      return isStep(teller, index) ? null : "ends its process";
    case RowKind.established:
      return `leads epoch ${row.a}, a quorum behind it`;
    case RowKind.state:
      return stateText(teller, index, row);
    case RowKind.syncChosen:
      return `brings server ${row.peer} up to date with ${SYNC_MODES[row.a] ?? "?"} from ${zxidText(row)}`;
    case RowKind.proposed:
      return isAsked || few.has(row.kind)
        ? `proposes ${zxidText(row)}, ${textOf(trace, row.link)}`
        : null;
    case RowKind.logged:
      return isAsked ? `logs ${zxidText(row)}` : null;
    case RowKind.committed:
      return isAsked ? `commits ${zxidText(row)}` : null;
    case RowKind.truncated:
      return `cuts its log behind ${zxidText(row)}`;
    case RowKind.snapped:
      return `takes over a snapshot up to ${zxidText(row)}`;
    case RowKind.recovered:
      return row.zxid === 0n ? null : `reads back a history up to ${zxidText(row)}`;
    case RowKind.invoked:
      return few.has(row.kind) ? `calls ${textOf(trace, row.link)}` : null;
    case RowKind.returned:
      return isAsked && row.c === 1 && row.a === 0 ? `is told that ${zxidText(row)} is done` : null;
    default:
      return null;
  }
}

/** Only the end of a leadership: that others look for a leader follows from it. */
function stateText({ rows }: Teller, index: number, row: Row): string | null {
  if (row.a !== StateCode.LOOKING) return null;
  const before = rows.findLast(
    ({ who, kind }, at) => at < index && who === row.who && ENDS_STATE.has(kind),
  );
  const led = before?.kind === RowKind.state && before.a === StateCode.LEADING;
  return led ? "leads no longer, and looks for a leader" : null;
}

const ENDS_STATE: ReadonlySet<number> = new Set([RowKind.state, RowKind.crashed]);

/** A step of the scenario did it, and tells it. */
function isStep({ rows, trace }: Teller, index: number): boolean {
  for (let at = index - 1; at >= 0 && isSameTurn(trace, index, at); at--) {
    if (rows[at]!.kind === RowKind.stepped) return true;
  }
  return false;
}

function zxidText({ zxid }: Row): string {
  return formatZxid(zxid as Zxid);
}

function nameOf({ header }: Trace, who: number): string {
  if (who === 0) return "the run";
  return who > 0 ? `server ${who}` : `client ${header.clients[-1 - who] ?? who}`;
}
