import type { SessionId } from "../session/session-id.ts";

/** What an ephemeralOwner says a znode is. Extended types are always on here. */
export type OwnerKind = "persistent" | "ephemeral" | "container" | "ttl";

export const NO_OWNER: SessionId = 0n as SessionId;

/** Long.MIN_VALUE marks a container. */
export const CONTAINER_OWNER: SessionId = -(1n << 63n) as SessionId;

/** 0xff in the top byte, taken as a signed number, marks a TTL; the low 40 bits are the ms. */
const TTL_BASE = -(1n << 56n);

/** The longest TTL, in ms. */
export const TTL_MAX_MS = 1_099_511_627_775;

/** An owner that no server will apply; a real one dies of it. */
export class OwnerError extends Error {
  override readonly name: string = "OwnerError";
}

/** @see ZooKeeper, server/EphemeralType.java */
export function ownerKind(owner: SessionId): OwnerKind {
  if (owner === NO_OWNER) return "persistent";
  if (owner > NO_OWNER) return "ephemeral";
  if (owner === CONTAINER_OWNER) return "container";
  if (owner < TTL_BASE) return "ephemeral";
  if (owner - TTL_BASE > TTL_MAX_MS) {
    throw new OwnerError(`Invalid ephemeralOwner. [${BigInt.asUintN(64, owner).toString(16)}]`);
  }
  return "ttl";
}

/** The ms that the owner of a TTL znode stands for. */
export function ttlOf(owner: SessionId): number {
  return Number(owner - TTL_BASE);
}

/** The owner that stands for a TTL of 1 … {@link TTL_MAX_MS} ms. */
export function ttlOwner(ttlMs: number): SessionId {
  if (ttlMs <= 0 || ttlMs > TTL_MAX_MS) {
    throw new OwnerError(`ttl must be positive and cannot be larger than: ${TTL_MAX_MS}`);
  }
  return (TTL_BASE + BigInt(ttlMs)) as SessionId;
}
