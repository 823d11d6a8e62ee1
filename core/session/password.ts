import type { SessionId } from "./session-id.ts";

const SECRET = 0xb3415c00n;
const MULTIPLIER = 0x5deece66dn;
const MASK = (1n << 48n) - 1n;

/**
 * The 16 bytes that prove a session. Any server can make them: they are the first draws of
 * java.util.Random seeded with the id and a constant, each int least significant byte first.
 * @see ZooKeeper, server/ZooKeeperServer.java (generatePasswd)
 */
export function sessionPassword(id: SessionId): Uint8Array {
  const password = new Uint8Array(16);
  let state = (BigInt.asUintN(64, id) ^ SECRET ^ MULTIPLIER) & MASK;
  for (let offset = 0; offset < 16; offset += 4) {
    state = (state * MULTIPLIER + 0xbn) & MASK;
    const word = Number(state >> 16n);
    for (let byte = 0; byte < 4; byte++) password[offset + byte] = (word >>> (8 * byte)) & 0xff;
  }
  return password;
}

export function isPassword(id: SessionId, password: Uint8Array): boolean {
  if (id === 0n || password.length !== 16) return false;
  const expected = sessionPassword(id);
  return expected.every((byte, index) => byte === password[index]);
}
