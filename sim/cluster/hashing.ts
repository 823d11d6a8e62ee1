import type { Message } from "../../core/message.ts";
import type { ServerEvent } from "../../core/event.ts";
import type { Zxid } from "../../core/zxid.ts";
import { mix, mixNumber, printHash, type RollingHash } from "../kernel/hash.ts";
import { messageCode } from "../trace/message-code.ts";
import type { Cluster } from "./state.ts";

/**
 * What every turn adds to the hash of a run: when, whose, what, and how much came of it. Any difference between
 * two runs shows in one of these at the turn where it begins.
 */
export function mixTurn(hash: RollingHash | null, atUs: number, who: number, kind: number): void {
  if (hash === null) return;
  mixNumber(hash, atUs);
  mix(hash, (who << 8) ^ kind);
}

export function mixEvent(hash: RollingHash | null, event: ServerEvent, effectCount: number): void {
  if (hash === null) return;
  if (event.kind === "received") mixMessage(hash, event.message, effectCount);
  else if (event.kind === "synced") mix(hash, (event.ticket << 8) ^ effectCount);
  else mix(hash, effectCount);
}

function mixMessage(hash: RollingHash, message: Message, effectCount: number): void {
  mix(hash, (messageCode(message) << 16) ^ effectCount);
  switch (message.kind) {
    case "PROPOSAL":
    case "INFORM":
      mix(hash, lowWord(message.txn.zxid));
      break;
    case "ACK":
    case "COMMIT":
    case "reply":
    case "notification":
      mix(hash, lowWord(message.zxid));
      break;
    default:
      if ("zxid" in message) mix(hash, lowWord(message.zxid));
  }
}

function lowWord(zxid: Zxid): number {
  return Number(BigInt.asIntN(32, zxid));
}

/** The hash of everything that has happened so far, 16 hexadecimal digits. */
export function clusterHash(cluster: Cluster): string {
  return cluster.hash === null ? "" : printHash(cluster.hash);
}
