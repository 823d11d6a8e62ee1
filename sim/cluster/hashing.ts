import type { Message } from "../../core/message.ts";
import type { ServerEvent } from "../../core/event.ts";
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
  mix(hash, effectCount);
  if (event.kind === "received") mixMessage(hash, event.message);
  else if (event.kind === "synced") mix(hash, event.ticket);
}

function mixMessage(hash: RollingHash, message: Message): void {
  mix(hash, messageCode(message));
  if ("zxid" in message) mix(hash, Number(BigInt.asIntN(32, message.zxid)));
  else if ("txn" in message) mix(hash, Number(BigInt.asIntN(32, message.txn.zxid)));
}

/** The hash of everything that has happened so far, 16 hexadecimal digits. */
export function clusterHash(cluster: Cluster): string {
  return cluster.hash === null ? "" : printHash(cluster.hash);
}
