import type { Observation, ServerEffect } from "../../core/effect.ts";
import type { Message } from "../../core/message.ts";
import type { Operation } from "../../core/request/operation.ts";
import { decodeUtf8 } from "../../core/wire/utf8.ts";
import { makeZxid, type Zxid } from "../../core/zxid.ts";

/** Zxids as people write them: epoch, a dot, counter. */
export function z(epoch: number, counter: number): Zxid {
  return makeZxid(epoch, counter);
}

export function zxidText(zxid: Zxid): string {
  const counter = BigInt.asUintN(32, zxid);
  return zxid < 0n ? String(zxid) : `${zxid >> 32n}.${counter}`;
}

/** An effect in a few words, so that what a server does reads as a list of lines. */
export function effectText(effect: ServerEffect, whoIs: (conn: number) => string): string {
  switch (effect.kind) {
    case "send":
      return `to ${whoIs(effect.conn)}: ${messageText(effect.message)}`;
    case "connect":
      return `connect ${effect.address}`;
    case "close":
    case "pauseReading":
    case "resumeReading":
      return `${effect.kind} ${whoIs(effect.conn)}`;
    case "listen":
    case "unlisten":
      return `${effect.kind} ${effect.port}`;
    case "arm":
      return `arm ${effect.timer} ${effect.afterMs}`;
    case "disarm":
      return `disarm ${effect.timer}`;
    case "wake":
      return `wake ${effect.thread}`;
    case "append":
      return `append ${effect.file} ${effect.txns.map(({ zxid }) => zxidText(zxid)).join(" ")}`;
    case "allocate":
      return `allocate ${effect.file}`;
    case "write":
      return `write ${effect.file}${epochIn(effect.file, effect.bytes)}`;
    case "extend":
      return `extend ${effect.file}`;
    case "rename":
      return `rename ${effect.file} ${effect.to}`;
    case "remove":
      return `remove ${effect.file}`;
    case "truncate":
      return `truncate ${effect.file}`;
    case "sync":
    case "read":
      return `${effect.kind} ${effect.files.join(" ")}`;
    case "list":
      return "list";
    case "configured":
      return `configured ${zxidText(effect.version)}${effect.committed ? "" : " next"}`;
    case "exit":
      return `exit ${effect.code}: ${effect.reason}`;
    default:
      return observationText(effect);
  }
}

function observationText(effect: Observation): string {
  switch (effect.kind) {
    case "recovered":
      return `recovered ${zxidText(effect.zxid)}, ${effect.txnCount} replayed`;
    case "elected":
      return `elected ${effect.leader} in round ${effect.electionEpoch}`;
    case "became":
      return `${effect.state} ${effect.reason}`;
    case "epochFixed":
    case "epochAcked":
    case "established":
    case "historyAdopted":
    case "serving":
      return `${effect.kind} ${effect.epoch}`;
    case "syncChosen":
      return `${effect.mode} for ${effect.learner} at ${zxidText(effect.peerZxid)} up to ${zxidText(effect.zxid)}`;
    case "proposed":
    case "committed":
    case "delivered":
    case "fastForwarded":
      return `${effect.kind} ${zxidText(effect.txn.zxid)}`;
    case "snapshotDelivered":
    case "truncated":
      return `${effect.kind} ${zxidText(effect.zxid)}`;
    case "sessionExpired":
      return `sessionExpired 0x${effect.sessionId.toString(16)}`;
    case "warned":
      return `warned ${effect.text}`;
    default:
      return effect.kind;
  }
}

export function messageText(message: Message): string {
  switch (message.kind) {
    case "hello":
      return `hello ${message.sid} at ${message.address}`;
    case "notification": {
      const { state, leader, zxid, electionEpoch, peerEpoch } = message;
      return `${state} ${leader} (${peerEpoch}, ${zxidText(zxid)}) round ${electionEpoch}`;
    }
    case "FOLLOWERINFO":
    case "OBSERVERINFO":
    case "LEADERINFO":
    case "DIFF":
    case "TRUNC":
    case "SNAP":
    case "COMMIT":
    case "NEWLEADER":
    case "ACK":
      return `${message.kind} ${zxidText(message.zxid)}`;
    case "PING":
      return `PING ${zxidText(message.zxid)}${touchedText(message.sessions)}`;
    case "ACKEPOCH":
      return `ACKEPOCH ${zxidText(message.zxid)} epoch ${message.epoch}`;
    case "PROPOSAL":
    case "INFORM":
      return `${message.kind} ${zxidText(message.txn.zxid)}`;
    case "COMMITANDACTIVATE":
      return `COMMITANDACTIVATE ${zxidText(message.zxid)} ${message.leader}`;
    case "INFORMANDACTIVATE":
      return `INFORMANDACTIVATE ${zxidText(message.txn.zxid)} ${message.leader}`;
    case "SNAPPIECE":
      return `SNAPPIECE${message.last ? " last" : ""}`;
    case "UPTODATE":
    case "SYNC":
      return message.kind;
    case "REVALIDATE":
      return `REVALIDATE ${message.sessionId}${message.valid === null ? "" : ` ${message.valid}`}`;
    case "REQUEST":
      return `REQUEST ${message.cxid} ${operationText(message.op)}`;
    case "connect":
      return `connect ${message.sessionId}`;
    case "request":
      return `request ${message.xid} ${operationText(message.op)}`;
    case "connectResponse":
      return message.timeoutMs === 0 ? "session gone" : `session for ${message.timeoutMs} ms`;
    case "reply":
      return `reply ${message.xid} at ${zxidText(message.zxid)}${message.err === 0 ? "" : ` err ${message.err}`}`;
    case "watchEvent":
      return `watch ${message.type} ${message.path}`;
  }
}

function operationText(op: Operation): string {
  return "path" in op ? `${op.kind} ${op.path}` : op.kind;
}

function touchedText(sessions: readonly { readonly sessionId: bigint }[] | null): string {
  return sessions === null ? "" : ` [${sessions.map(({ sessionId }) => sessionId).join(" ")}]`;
}

function epochIn(file: string, bytes: Uint8Array): string {
  return file.includes("Epoch") ? ` ${decodeUtf8(bytes, 0, bytes.length)}` : "";
}
