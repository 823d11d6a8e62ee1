import type { SessionId } from "../../../core/session/session-id.ts";
import { ZERO_ZXID, type Zxid } from "../../../core/zxid.ts";
import { ROOT } from "../history.ts";
import { createModel, type Model } from "./model.ts";

/**
 * What ZooKeeper promises its clients, judged while a run goes on: every answer that a client gets is held against
 * the committed transactions in their order (the witness), so that nothing has to be searched for. Plain data,
 * cloned with the run, and never read by it.
 */
export type Contract = {
  readonly model: Model;
  /** How much of the committed history the model has seen, as a node of it, and its zxid. */
  node: number;
  zxid: Zxid;
  readonly clients: ClientView[];
  readonly sessions: Map<SessionId, SessionView>;
  /** The highest zxid in any answer to anybody, by epoch, epochs ascending. */
  readonly seen: Seen[];
  /** By ticket: the highest zxid that anybody had been shown when it was called. */
  readonly floors: Zxid[];
  /** The highest zxid that each server has shown, by sid. */
  readonly seenFrom: Map<number, Zxid>;
  /** Syncs that wait for their answers, by ticket: the zxid that they have to bring at least. */
  readonly syncs: Map<number, Zxid>;
  /** By ticket, what became of writes that their clients still wait for. */
  readonly outcomes: Map<number, Committed>;
  /** One-shot watches, by path. */
  readonly watchers: Map<string, Watcher[]>;
};

/** The highest zxid of one epoch that a client was shown. */
export type Seen = { readonly epoch: number; zxid: Zxid };

/** What a client's write came to. `path` is "" for an error. */
export type Committed = { readonly zxid: Zxid; readonly err: number; readonly path: string };

/** One client, as its session goes. */
export type ClientView = {
  /** 0 without a session. */
  session: SessionId;
  /** The server of the present connection, 0 none. */
  sid: number;
  /** The highest zxid in an answer to this session. */
  lastZxid: Zxid;
  /** The last xid that was sent. */
  lastXid: number;
  /** The watches have been asked for again on this connection, and that is not answered. */
  catchingUp: boolean;
  /** Watches left and not fired. */
  readonly watches: Watcher[];
};

export type SessionView = {
  /** Index of the client that has it. */
  client: number;
  /** What was sent with each xid: a ticket, or one of the codes below. */
  readonly sent: number[];
  /** The first xid of each connection. */
  readonly firstXids: number[];
  /** The last that was carried out. */
  lastCxid: number;
  /** The znodes that go when it goes. */
  readonly owned: Set<string>;
  /** When it ended, or null. */
  closed: Zxid | null;
};

/** One watch of one client: for the znode itself (data), for its coming (exist), for its children. */
export type Watcher = {
  readonly client: number;
  readonly path: string;
  readonly kind: "data" | "exist" | "child";
  /** The zxid of the read that left it. */
  since: Zxid;
  /** The first transaction since then that fires it; null while there is none. */
  due: Zxid | null;
};

/** In {@link SessionView.sent}: of the client's own accord; answered without a transaction. */
export const OWN = -1;
export const REFUSED = -2;

export function createContract(): Contract {
  return {
    model: createModel(),
    node: ROOT,
    zxid: ZERO_ZXID,
    clients: [],
    sessions: new Map(),
    seen: [],
    floors: [],
    seenFrom: new Map(),
    syncs: new Map(),
    outcomes: new Map(),
    watchers: new Map(),
  };
}

export function viewOf(contract: Contract, client: number): ClientView {
  const { clients } = contract;
  while (clients.length <= client) clients.push(createView());
  return clients[client]!;
}

function createView(): ClientView {
  return {
    session: 0n as SessionId,
    sid: 0,
    lastZxid: ZERO_ZXID,
    lastXid: 0,
    catchingUp: false,
    watches: [],
  };
}
