import type { ServerState } from "../../../core/election/notification.ts";
import type { Vote } from "../../../core/election/vote.ts";
import type { Operation } from "../../../core/request/operation.ts";
import type { ZabPhase } from "../../../core/server-state.ts";
import { operationType } from "../../../core/request/operation-type.ts";
import { OpCode, type Txn } from "../../../core/txn.ts";
import { ZERO_ZXID } from "../../../core/zxid.ts";
import type { Kernel } from "../../kernel/kernel.ts";
import { addRow, type Columns } from "../../trace/columns.ts";
import { internText, type Trace } from "../../trace/trace.ts";
import type { Cluster } from "../state.ts";

/** What a server last showed: only what differs becomes a row. */
export type Shown = {
  state: ServerState | "";
  phase: ZabPhase | "";
  leader: number;
  serving: boolean;
  /** The vote it had when its votes were last looked at. */
  vote: Vote | null;
  voteLeader: number;
  voteZxid: bigint;
  voteRound: number;
  voteEpoch: number;
  tally: number;
  accepted: number;
  current: number;
  synced: bigint;
};

/** Everything a recorder holds between two turns. */
export type Recording = {
  readonly cluster: Cluster;
  readonly kernel: Kernel;
  readonly trace: Trace;
  readonly columns: Columns;
  readonly shown: readonly Shown[];
  readonly quorum: number;
  /** Sids and client numbers by the number of their process, dead ones too; 0 for none. */
  readonly who: number[];
  /** Who is at the other end of servers' connections, by process and connection. */
  readonly ends: Map<number, Map<number, number>>;
  /** Texts of operations by verb and path. */
  readonly links: Map<string, Map<string, number>>;
  nextMark: number;
};

/** A row of the present turn. */
export function row(
  recording: Recording,
  kind: number,
  who: number,
  peer: number,
  zxid: bigint,
  a: number,
  b: number,
  c: number,
  link: number,
): void {
  const { kernel, columns } = recording;
  addRow(columns, kernel.turnCount, kernel.nowUs, kind, who, peer, zxid, a, b, c, link);
}

export function nothingShown(): Shown {
  const shown = {} as Shown;
  forget(shown);
  return shown;
}

/** A new process shows everything anew. */
export function forget(shown: Shown): void {
  shown.state = "";
  shown.phase = "";
  shown.vote = null;
  shown.leader = -2;
  shown.serving = false;
  shown.voteLeader = -2;
  shown.voteZxid = ZERO_ZXID;
  shown.voteRound = -1;
  shown.voteEpoch = -1;
  shown.tally = 0;
  shown.accepted = -1;
  shown.current = -1;
  shown.synced = -2n;
}

export function textOfTxn(recording: Recording, { body, type }: Txn): number {
  if ("path" in body) return textAt(recording, NAMES.get(type) ?? body.kind, body.path);
  const text = body.kind === "error" ? `error ${body.err}` : body.kind;
  return internText(recording.trace.texts, text);
}

export function textOfOperation(recording: Recording, op: Operation): number {
  if ("path" in op && op.path !== null) return textAt(recording, op.kind, op.path);
  return internText(recording.trace.texts, op.kind);
}

/** `verb path`, put together only the first time. */
function textAt(recording: Recording, verb: string, path: string): number {
  let links = recording.links.get(verb);
  if (links === undefined) {
    links = new Map();
    recording.links.set(verb, links);
  }
  let link = links.get(path);
  if (link === undefined) {
    link = internText(recording.trace.texts, `${verb} ${path}`);
    links.set(path, link);
  }
  return link;
}

const NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(OpCode).map(([name, code]) => [code, name]),
);

export function codeOf(op: Operation): number {
  return operationType(op);
}
