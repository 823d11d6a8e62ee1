import type { Message } from "../../core/message.ts";
import type { ServerEvent } from "../../core/event.ts";
import type { Zxid } from "../../core/zxid.ts";
import { mix, printHash, type RollingHash } from "../kernel/hash.ts";
import { messageCode } from "../trace/message-code.ts";
import { MessageCode } from "../trace/row.ts";
import type { Cluster } from "./state.ts";

/**
 * What every turn adds to the hash of a run: when, whose, what, and how much came of it. A difference that shows in
 * none of these shows once it changes a time, an order or a number of effects.
 *
 * @param what a small number, 0 … 255
 */
export function mixTurn(
  hash: RollingHash | null,
  atUs: number,
  who: number,
  what: number,
  effectCount: number,
): void {
  if (hash === null) return;
  mix(hash, atUs | 0); // modulo 2^32, exactly
  mix(hash, (who << 20) ^ (effectCount << 8) ^ what);
}

/** What a message or a sync adds besides. */
export function mixEvent(hash: RollingHash | null, event: ServerEvent): void {
  if (hash === null) return;
  if (event.kind === "received") mixMessage(hash, event.message);
  else if (event.kind === "synced") mix(hash, event.ticket);
}

/** What kind of message it was, and its zxid where it carries one. Acks and commits come by the hundred thousand. */
function mixMessage(hash: RollingHash, message: Message): void {
  switch (message.kind) {
    case "ACK":
      mix(hash, (MessageCode.ACK << 24) ^ lowWord(message.zxid));
      break;
    case "COMMIT":
      mix(hash, (MessageCode.COMMIT << 24) ^ lowWord(message.zxid));
      break;
    case "PROPOSAL":
      mix(hash, (MessageCode.PROPOSAL << 24) ^ lowWord(message.txn.zxid));
      break;
    default: {
      const code = messageCode(message) << 24;
      mix(hash, "zxid" in message ? code ^ lowWord(message.zxid) : code);
    }
  }
}

function lowWord(zxid: Zxid): number {
  return Number(BigInt.asIntN(32, zxid));
}

/** The hash of everything that has happened so far, 16 hexadecimal digits. */
export function clusterHash(cluster: Cluster): string {
  return cluster.hash === null ? "" : printHash(cluster.hash);
}
