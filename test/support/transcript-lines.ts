import { rowAt } from "../../sim/trace/columns.ts";
import { MessageCode, PhaseCode, RowKind, StateCode, type Row } from "../../sim/trace/row.ts";
import type { Trace } from "../../sim/trace/trace.ts";

/** Rows of a trace as people read them: when, who, what came in, what came of it. */

export const SECTION_HEAD: string = columns("ms", "who", "heard", "did");

/** The line that begins at `row`, or null where nothing is worth one; and the row behind it. */
export function lineFrom(
  trace: Trace,
  row: number,
): { readonly line: string | null; readonly next: number } {
  const first = rowAt(trace.columns, row);
  let next = row;
  let heard = "";
  const did: string[] = [];
  // Rows of one turn are of one event, whoever else is named in them.
  while (next < trace.columns.rows) {
    const each = rowAt(trace.columns, next);
    if (each.turn !== first.turn || (next > row && isBeginning(each))) break;
    if (each.kind === RowKind.heard) heard = heardText(trace, each);
    else {
      const text = deedText(each);
      if (text !== null) did.push(text);
    }
    next++;
  }
  if (heard === "" && did.length === 0) return { line: null, next };
  const who = first.who < 0 ? (trace.header.clients[-1 - first.who] ?? "") : String(first.who);
  const ms = (first.atUs / 1000).toFixed(2);
  return { line: columns(ms, who, heard, did.join(", ")), next };
}

/** What a scenario does to servers happens between turns. */
function isBeginning({ kind }: Row): boolean {
  return kind === RowKind.started || kind === RowKind.crashed;
}

function columns(at: string, who: string, heard: string, did: string): string {
  return `${at.padStart(9)}  ${who.padEnd(3)}  ${heard.padEnd(36)}  ${did}`.trimEnd();
}

const QUIET: readonly number[] = [
  MessageCode.hello,
  MessageCode.PING,
  MessageCode.connect,
  MessageCode.connectResponse,
  MessageCode.request,
  MessageCode.reply,
];

function heardText(trace: Trace, heard: Row): string {
  if (QUIET.includes(heard.a)) return "";
  return `${heard.peer}: ${messageText(heard.a, sentRow(trace, heard.link))}`;
}

function messageText(code: number, { zxid, b, c }: Row): string {
  if (code >= MessageCode.notification && code <= MessageCode.notification + 3) {
    const state = nameIn(StateCode, code - MessageCode.notification);
    return `${state} ${nobody((c & 255) - 1)} (${c >> 8}, ${zxidText(zxid)}) r${b}`;
  }
  const name = nameIn(MessageCode, code);
  if (code === MessageCode.ACKEPOCH) return `${name} ${zxidText(zxid)} epoch ${b}`;
  const plain = [
    MessageCode.UPTODATE,
    MessageCode.SNAPPIECE,
    MessageCode.REQUEST,
    MessageCode.SYNC,
  ];
  return plain.some((each) => each === code) ? name : `${name} ${zxidText(zxid)}`;
}

function deedText({ kind, peer, zxid, a, b, c }: Row): string | null {
  switch (kind) {
    case RowKind.started:
      return "starts";
    case RowKind.crashed:
      return "crashes";
    case RowKind.recovered:
      return `has ${zxidText(zxid)}`;
    case RowKind.cut:
      return `loses ${peer}`;
    case RowKind.vote:
      return a === 0 ? null : `votes ${nobody(peer)} (${b}, ${zxidText(zxid)}) r${a}`;
    case RowKind.elected:
      return `elects ${peer} r${a}`;
    case RowKind.state: {
      const role = `${nameIn(StateCode, a)}${peer < 0 ? "" : ` ${peer}`}`;
      return `${role} ${nameIn(PhaseCode, b)}${c === 1 ? " serving" : ""}`;
    }
    case RowKind.epochs:
      return a === 0 ? null : `epochs ${a}/${b}`;
    case RowKind.syncChosen:
      return `${["DIFF", "TRUNC", "SNAP"][a]} for ${peer} up to ${zxidText(zxid)}`;
    case RowKind.established:
      return `established in ${a}`;
    case RowKind.proposed:
      return `proposes ${zxidText(zxid)}`;
    case RowKind.logged:
      return `logs ${zxidText(zxid)}`;
    case RowKind.synced:
      return zxid < 0n ? null : `durable ${zxidText(zxid)}`;
    case RowKind.committed:
      return `commits ${zxidText(zxid)}`;
    case RowKind.applied:
      return `${a === 1 ? "catches up with" : "applies"} ${zxidText(zxid)}`;
    case RowKind.truncated:
      return `cuts to ${zxidText(zxid)}`;
    case RowKind.snapped:
      return `takes the tree at ${zxidText(zxid)}`;
    case RowKind.returned:
      return a === 0 ? `answered at ${zxidText(zxid)}` : `failed with ${a}`;
    default:
      return null;
  }
}

/** The row in which a message was sent; they are far fewer than would need an index. */
function sentRow({ columns }: Trace, link: number): Row {
  for (let row = 0; row < columns.rows; row++) {
    const each = rowAt(columns, row);
    if (each.kind === RowKind.sent && each.link === link) return each;
  }
  throw new Error(`message ${link} was never sent`);
}

function nameIn(codes: Readonly<Record<string, number>>, code: number): string {
  return Object.keys(codes).find((name) => codes[name] === code) ?? String(code);
}

function nobody(sid: number): string {
  return sid < 0 ? "nobody" : String(sid);
}

function zxidText(zxid: bigint): string {
  if (zxid === -(1n << 63n)) return "none";
  return zxid < 0n ? String(zxid) : `${zxid >> 32n}.${BigInt.asUintN(32, zxid)}`;
}
