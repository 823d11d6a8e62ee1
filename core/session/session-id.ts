/** A client session: server id in the high byte, then its start time, then a count. 64 bits, signed as on the wire. */
export type SessionId = bigint & { readonly brand: "SessionId" };

/** What a client sends to ask for a new session, and what a server answers when a session is gone. */
export const NO_SESSION: SessionId = 0n as SessionId;

/** `0x` and lower-case hexadecimal digits, as ZooKeeper prints it. */
export function formatSessionId(id: SessionId): string {
  return `0x${BigInt.asUintN(64, id).toString(16)}`;
}
