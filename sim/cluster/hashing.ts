import type { Message } from "../../core/message.ts";
import type { ServerEvent } from "../../core/event.ts";
import { mix, mixNumber, type RollingHash } from "../kernel/hash.ts";
import { messageCode } from "../trace/message-code.ts";

/**
 * What every turn adds to the hash of a run: when, whose, what, and how much came of it. Any difference between
 * two runs shows in one of these at the turn where it begins.
 */
export function mixTurn(hash: RollingHash, atUs: number, who: number, kind: number): void {
  mixNumber(hash, atUs);
  mix(hash, (who << 8) ^ kind);
}

export function mixEvent(hash: RollingHash, event: ServerEvent, effectCount: number): void {
  mix(hash, effectCount);
  if (event.kind === "received") mixMessage(hash, event.message);
  else if (event.kind === "synced") mix(hash, event.ticket);
}

export function mixMessage(hash: RollingHash, message: Message): void {
  mix(hash, messageCode(message));
  if ("zxid" in message) mix(hash, Number(BigInt.asIntN(32, message.zxid)));
  else if ("txn" in message) mix(hash, Number(BigInt.asIntN(32, message.txn.zxid)));
}
