import type { Message } from "../../../core/message.ts";
import type { NetworkObserver } from "../../network/state.ts";
import { messageCode } from "../../trace/message-code.ts";
import { MessageCode, RowKind } from "../../trace/row.ts";
import { row, type Recording } from "./recording.ts";

/**
 * Rows of messages between servers. Those of clients are told by what the clients call and get back, which is
 * what anybody asks of them.
 */
export function messageObserver(recording: Recording): NetworkObserver<Message> {
  const { who } = recording;
  const passed =
    (kind: number) =>
    (id: number, from: number, to: number, message: Message): void => {
      const sender = who[from] ?? 0;
      const receiver = who[to] ?? 0;
      if (sender <= 0 || receiver <= 0) return;
      row(recording, kind, sender, receiver, 0n, messageCode(message), 0, 0, id);
    };
  return {
    sent: (id, from, to, message) => {
      const sender = who[from] ?? 0;
      const receiver = who[to] ?? 0;
      if (sender > 0 && receiver >= 0) sentRow(recording, id, sender, receiver, message);
    },
    heard: (id, from, to, message) => {
      const sender = who[from] ?? 0;
      const receiver = who[to] ?? 0;
      if (sender <= 0 || receiver <= 0) return;
      row(recording, RowKind.heard, receiver, sender, 0n, messageCode(message), 0, 0, id);
    },
    held: passed(RowKind.held),
    released: passed(RowKind.released),
    lost: passed(RowKind.lost),
  };
}

function sentRow(
  recording: Recording,
  id: number,
  from: number,
  to: number,
  message: Message,
): void {
  switch (message.kind) {
    case "ACK":
      row(recording, RowKind.sent, from, to, message.zxid, MessageCode.ACK, 0, 0, id);
      break;
    case "PROPOSAL":
      row(recording, RowKind.sent, from, to, message.txn.zxid, MessageCode.PROPOSAL, 0, 0, id);
      break;
    case "COMMIT":
      row(recording, RowKind.sent, from, to, message.zxid, MessageCode.COMMIT, 0, 0, id);
      break;
    default:
      rareSentRow(recording, id, from, to, message);
  }
}

function rareSentRow(
  recording: Recording,
  id: number,
  from: number,
  to: number,
  message: Message,
): void {
  let zxid = 0n;
  let b = 0;
  let c = 0;
  if (message.kind === "notification") {
    b = message.electionEpoch;
    c = message.peerEpoch * 256 + message.leader + 1;
  } else if (message.kind === "ACKEPOCH") b = message.epoch;
  if ("zxid" in message) zxid = message.zxid;
  else if ("txn" in message) zxid = message.txn.zxid;
  row(recording, RowKind.sent, from, to, zxid, messageCode(message), b, c, id);
}
