import type { Message } from "../../../core/message.ts";
import type { NetworkObserver } from "../../network/state.ts";
import { messageCode } from "../../trace/message-code.ts";
import { RowKind } from "../../trace/row.ts";
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
  let zxid = 0n;
  let b = 0;
  let c = 0;
  switch (message.kind) {
    case "ACK":
    case "COMMIT":
      zxid = message.zxid;
      break;
    case "PROPOSAL":
    case "INFORM":
      zxid = message.txn.zxid;
      break;
    case "notification":
      zxid = message.zxid;
      b = message.electionEpoch;
      c = message.peerEpoch * 256 + message.leader + 1;
      break;
    case "ACKEPOCH":
      zxid = message.zxid;
      b = message.epoch;
      break;
    default:
      if ("zxid" in message) zxid = message.zxid;
  }
  row(recording, RowKind.sent, from, to, zxid, messageCode(message), b, c, id);
}
