import type { ServerEffect } from "../effect.ts";
import { ZERO_ZXID } from "../zxid.ts";
import type { Handler } from "./leader-state.ts";
import type { QuorumPacket } from "./packet.ts";

/** Sends a packet to a learner, or queues it until the handler's sender has started. */
export function sendToLearner(handler: Handler, packet: QuorumPacket, out: ServerEffect[]): void {
  if (handler.sending) out.push({ kind: "send", conn: handler.conn, message: packet });
  else handler.queue.push(packet);
}

/** From here on what is queued goes out at once. */
export function startSending(handler: Handler, out: ServerEffect[]): void {
  handler.sending = true;
  for (const message of handler.queue) out.push({ kind: "send", conn: handler.conn, message });
  handler.queue.length = 0;
}

/**
 * Notes that a proposal went out, for {@link isAckOverdue}. Only the oldest and the newest are kept. What goes out
 * before UPTODATE does not count: a learner adopts what is committed by then with NEWLEADER, and acks nothing else.
 */
export function noteProposal(handler: Handler, zxid: Handler["peerZxid"], nowMs: number): void {
  if (handler.unackedZxid === ZERO_ZXID) {
    handler.unackedZxid = zxid;
    handler.unackedSinceMs = nowMs;
  } else {
    handler.newestUnackedZxid = zxid;
    handler.newestUnackedMs = nowMs;
  }
}

export function noteAck(handler: Handler, zxid: Handler["peerZxid"]): void {
  if (zxid !== handler.unackedZxid) return;
  handler.unackedZxid = handler.newestUnackedZxid;
  handler.unackedSinceMs = handler.newestUnackedMs;
  handler.newestUnackedZxid = ZERO_ZXID;
}

/** Has the learner kept a proposal for longer than it may? */
export function isAckOverdue(handler: Handler, nowMs: number, limitMs: number): boolean {
  return handler.unackedZxid !== ZERO_ZXID && nowMs - handler.unackedSinceMs > limitMs;
}
