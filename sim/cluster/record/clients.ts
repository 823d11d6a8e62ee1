import type { ClientEffect } from "../../../core/client/event.ts";
import type { Operation } from "../../../core/request/operation.ts";
import { isRead } from "../../../core/request/submit.ts";
import { RowKind, SessionCode } from "../../trace/row.ts";
import { internText } from "../../trace/trace.ts";
import type { ClientProcess } from "../state.ts";
import { codeOf, row, textOfOperation, type Recording } from "./recording.ts";

/** A program calls an operation. */
export function recordInvoke(
  recording: Recording,
  process: ClientProcess,
  ticket: number,
  op: Operation,
): void {
  const link = textOfOperation(recording, op);
  const server = serverAt(recording, process);
  row(recording, RowKind.invoked, process.id, server, 0n, codeOf(op), ticket, 0, link);
}

/** What a program hears from its client. */
export function recordClient(
  recording: Recording,
  process: ClientProcess,
  effect: ClientEffect,
): void {
  switch (effect.kind) {
    case "completed":
      returnedRow(recording, process, effect.ticket, effect.err, effect.zxid);
      break;
    case "lost":
      returnedRow(recording, process, effect.ticket, UNKNOWN, 0n);
      break;
    case "sessionChanged": {
      if (effect.state === "none") break;
      const code = SessionCode[effect.state];
      const server = serverAt(recording, process);
      row(recording, RowKind.session, process.id, server, effect.sessionId, code, 0, 0, 0);
      break;
    }
    case "watched": {
      const link = internText(recording.trace.texts, effect.path);
      const server = serverAt(recording, process);
      row(recording, RowKind.watched, process.id, server, 0n, effect.type, 0, 0, link);
      break;
    }
    default:
      break;
  }
}

/** Stands where an error code would: nobody knows what became of the operation. */
const UNKNOWN = 1;

function returnedRow(
  recording: Recording,
  process: ClientProcess,
  ticket: number,
  err: number,
  zxid: bigint,
): void {
  const server = serverAt(recording, process);
  const write = isWrite(recording, ticket) ? 1 : 0;
  row(recording, RowKind.returned, process.id, server, zxid, err, ticket, write, 0);
}

function isWrite(recording: Recording, ticket: number): boolean {
  const op = recording.cluster.history.entries[ticket]?.op;
  return op !== undefined && !isRead(op) && op.kind !== "sync";
}

/** The server that a client is connected to, 0 for none. */
function serverAt(recording: Recording, process: ClientProcess): number {
  const { network } = recording.cluster;
  const conn = process.client.conn;
  const owner = network.processes.get(process.processId)?.ends.get(conn)?.peer.owner;
  return owner === undefined ? 0 : (recording.who[owner.id] ?? 0);
}
