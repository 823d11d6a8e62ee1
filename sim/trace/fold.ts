import { blockOf, placeIn, type Block } from "./columns.ts";
import {
  appendCell,
  commitCell,
  establishHistory,
  loseUnsynced,
  markAcked,
  markApplied,
  markSynced,
  recoverLog,
  replaceBySnapshot,
  truncateLog,
} from "./fold-log.ts";
import { MessageCode, RowKind, SessionCode, StateCode } from "./row.ts";
import { textOf, type Trace } from "./trace.ts";
import type { ClientView, ServerView, View } from "./view.ts";

const STATES = ["LOOKING", "FOLLOWING", "LEADING", "OBSERVING"] as const;
const PHASES = ["ELECTION", "DISCOVERY", "SYNCHRONIZATION", "BROADCAST"] as const;
const SESSIONS = ["connecting", "connected", "suspended", "expired", "closed"] as const;

/**
 * Moves `view` past one row. Rows of a kind that this version does not know, and rows about
 * somebody who is not in the header, change nothing but the instant.
 */
export function foldRow(view: View, trace: Trace, row: number): void {
  const block = blockOf(trace.columns, row);
  const at = placeIn(row);
  view.atUs = block.at[at] as number;
  view.turn = block.turn[at] as number;
  const kind = block.kind[at] as number;
  if (kind >= RowKind.sent && kind <= RowKind.released) return foldMessage(view, block, at, kind);
  if (kind === RowKind.linkFaulted || kind === RowKind.linkMended) {
    return foldLinkFault(view, block, at, kind);
  }
  const who = block.who[at] as number;
  if (who < 0) return foldClient(view, trace, block, at, kind);
  if (kind < RowKind.sent) return foldWorld(view, trace, block, at, kind);
  const server = serverIn(view, who);
  if (server !== null) foldServer(view, server, block, at, kind);
  if (kind === RowKind.violated) view.violation ??= textOf(trace, block.link[at] as number);
}

export function serverIn(view: View, sid: number): ServerView | null {
  const { servers } = view;
  for (let index = 0; index < servers.length; index++) {
    const server = servers[index] as ServerView;
    if (server.sid === sid) return server;
  }
  return null;
}

function foldWorld(view: View, trace: Trace, block: Block, at: number, kind: number): void {
  const who = block.who[at] as number;
  const peer = block.peer[at] as number;
  const atUs = block.at[at] as number;
  switch (kind) {
    case RowKind.crashed:
    case RowKind.started:
    case RowKind.paused:
    case RowKind.resumed: {
      const server = serverIn(view, who);
      if (server !== null) changeLife(server, kind, atUs, block.a[at] === 1);
      return;
    }
    case RowKind.walled:
      if (!view.walls.some((wall) => wall.from === who && wall.to === peer)) {
        view.walls.push({ from: who, to: peer, sinceUs: atUs });
      }
      return;
    case RowKind.healed:
      view.walls = view.walls.filter((wall) => wall.from !== who || wall.to !== peer);
      return;
    case RowKind.slowed:
    case RowKind.unslowed:
      view.slow = view.slow.filter((link) => link.from !== who || link.to !== peer);
      if (kind === RowKind.slowed) {
        view.slow.push({ from: who, to: peer, addedMs: block.a[at] as number, sinceUs: atUs });
      }
      return;
    case RowKind.captioned: {
      const text = textOf(trace, block.link[at] as number);
      view.caption = text === "" ? null : text;
      return;
    }
  }
}

/** What is over at once leaves nothing to see. */
function foldLinkFault(view: View, block: Block, at: number, kind: number): void {
  const from = block.who[at] as number;
  const to = block.peer[at] as number;
  const code = block.a[at] as number;
  view.linkFaults = view.linkFaults.filter(
    (fault) => fault.code !== code || fault.from !== from || fault.to !== to,
  );
  if (kind !== RowKind.linkFaulted || block.c[at] === 1) return;
  const measure = block.b[at] as number;
  view.linkFaults.push({ code, from, to, measure, sinceUs: view.atUs });
}

function changeLife(server: ServerView, kind: number, atUs: number, power: boolean): void {
  server.lifeSinceUs = atUs;
  switch (kind) {
    case RowKind.paused:
      server.life = "paused";
      return;
    case RowKind.resumed:
      server.life = "running";
      return;
    case RowKind.crashed:
      server.life = "crashed";
      if (power) loseUnsynced(server);
      break;
    case RowKind.started:
      server.life = "running";
      break;
  }
  // Whatever was only in memory is gone.
  server.state = "LOOKING";
  server.phase = "ELECTION";
  server.stateSinceUs = atUs;
  server.serves = false;
  server.leader = -1;
  server.vote = { leader: -1, zxid: 0n, round: 0, peerEpoch: 0 };
  server.round = 0;
  server.tally = 0;
  server.timers = [];
}

function foldMessage(view: View, block: Block, at: number, kind: number): void {
  const id = block.link[at] as number;
  switch (kind) {
    case RowKind.sent: {
      const from = block.who[at] as number;
      const code = block.a[at] as number;
      const zxid = block.zxid[at] as bigint;
      view.inFlight.set(id, {
        id,
        from,
        to: block.peer[at] as number,
        code,
        sentUs: block.at[at] as number,
        zxid,
        b: block.b[at] as number,
        c: block.c[at] as number,
        held: false,
      });
      if (code === MessageCode.ACK && from >= 0) {
        const sender = serverIn(view, from);
        if (sender !== null) markAcked(sender, zxid);
      }
      return;
    }
    case RowKind.heard:
    case RowKind.lost:
      view.inFlight.delete(id);
      return;
    default: {
      const message = view.inFlight.get(id);
      if (message !== undefined) message.held = kind === RowKind.held;
    }
  }
}

function foldServer(view: View, server: ServerView, block: Block, at: number, kind: number): void {
  const zxid = block.zxid[at] as bigint;
  const a = block.a[at] as number;
  const b = block.b[at] as number;
  switch (kind) {
    case RowKind.state:
      changeState(server, block, at);
      return;
    case RowKind.vote:
      server.vote = { leader: block.peer[at] as number, zxid, round: a, peerEpoch: b };
      server.round = a;
      return;
    case RowKind.tally:
      server.tally = a;
      server.quorum = b;
      return;
    case RowKind.epochs:
      server.acceptedEpoch = a;
      server.currentEpoch = b;
      return;
    case RowKind.armed: {
      const armedUs = block.at[at] as number;
      disarm(server, a);
      server.timers.push({ code: a, armedUs, dueUs: armedUs + b * 1000 });
      return;
    }
    case RowKind.disarmed:
    case RowKind.fired:
      disarm(server, a);
      return;
    case RowKind.logged:
      appendCell(view, server, zxid);
      return;
    case RowKind.synced:
      markSynced(server, zxid);
      return;
    case RowKind.committed:
      commitCell(view, zxid);
      return;
    case RowKind.applied:
      markApplied(server, zxid, a === 0);
      return;
    case RowKind.truncated:
      truncateLog(server, zxid);
      return;
    case RowKind.snapped:
      replaceBySnapshot(server, zxid);
      return;
    case RowKind.recovered:
      recoverLog(server, zxid);
      return;
    case RowKind.established:
      establishHistory(view, server);
      return;
  }
}

function changeState(server: ServerView, block: Block, at: number): void {
  const state = STATES[block.a[at] as number] ?? "LOOKING";
  if (state !== server.state) server.stateSinceUs = block.at[at] as number;
  server.state = state;
  server.phase = PHASES[block.b[at] as number] ?? "ELECTION";
  server.leader = block.peer[at] as number;
  server.serves = block.c[at] === 1;
  if (block.a[at] === StateCode.LOOKING) server.tally = 0;
}

function disarm(server: ServerView, code: number): void {
  for (let index = 0; index < server.timers.length; index++) {
    if (server.timers[index]?.code === code) {
      server.timers.splice(index, 1);
      return;
    }
  }
}

function foldClient(view: View, trace: Trace, block: Block, at: number, kind: number): void {
  const client = view.clients[-1 - (block.who[at] as number)];
  if (client === undefined) return;
  switch (kind) {
    case RowKind.session:
      changeSession(client, block, at);
      return;
    case RowKind.invoked:
      client.pending.push({
        operation: block.b[at] as number,
        code: block.a[at] as number,
        text: textOf(trace, block.link[at] as number),
        invokedUs: block.at[at] as number,
      });
      return;
    case RowKind.returned: {
      const operation = block.b[at] as number;
      client.pending = client.pending.filter((pending) => pending.operation !== operation);
      return;
    }
  }
}

function changeSession(client: ClientView, block: Block, at: number): void {
  client.session = SESSIONS[block.a[at] as number] ?? "none";
  client.sessionId = block.zxid[at] as bigint;
  client.server = client.session === "connected" ? (block.peer[at] as number) : 0;
  if (block.a[at] === SessionCode.expired || block.a[at] === SessionCode.closed) {
    client.sessionId = 0n;
  }
}
