import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { concatBytes } from "../../core/bytes.ts";
import { readLog } from "../../core/storage/log-file.ts";
import { decodeEpoch } from "../../core/storage/epoch-file.ts";
import { readSnapshot } from "../../core/storage/snapshot-file.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  decodeServerToClient,
} from "../../core/wire/client-codec.ts";
import { createElectionDecoder, feedElection } from "../../core/wire/election-codec.ts";
import { JuteError } from "../../core/wire/jute.ts";
import { createPacketDecoder, feed } from "../../core/wire/packet-decoder.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import { OwnerError } from "../../core/tree/owner.ts";
import type { Operation } from "../../core/request/operation.ts";
import { encodeUtf8 } from "../../core/wire/utf8.ts";
import { clientExchanges, fromHex, quorumStreams } from "./captures.ts";

/** Asked for under any xid by the fuzzed client. */
const ASKED: readonly Operation[] = [
  { kind: "getData", path: "/a", watch: false },
  { kind: "getChildren", type: 12, path: "/a", watch: false },
  { kind: "multi", ops: [] },
  { kind: "getAcl", path: "/a" },
  { kind: "whoAmI" },
  { kind: "getEphemerals", prefix: null },
  { kind: "sasl", token: null },
];

/** Reads the bytes; what it throws but JuteError is a bug. Returns the bytes that it keeps for later. */
type Decode = (bytes: Uint8Array) => number;

export const DECODERS: Readonly<Record<string, Decode>> = {
  connect: (bytes) => {
    decodeConnectRequest(bytes);
    return 0;
  },
  request: (bytes) => {
    decodeRequest(bytes);
    return 0;
  },
  reply: (bytes) => {
    const opOf = (xid: number): Operation | undefined => ASKED[(xid >>> 0) % 8];
    decodeServerToClient(bytes, { kind: "replies", opOf });
    return 0;
  },
  "quorum stream of a learner": (bytes) => readPackets("learner", bytes),
  "quorum stream of a leader": (bytes) => readPackets("leader", bytes),
  "election stream": (bytes) => {
    const decoder = createElectionDecoder((bytes[0] ?? 0) > 0 ? "opener" : "acceptor");
    for (const part of parts(bytes)) feedElection(decoder, part);
    return decoder.held.bytes.length;
  },
  "transaction log": (bytes) => {
    readLog(bytes, "log.1");
    return 0;
  },
  snapshot: (bytes) => {
    readSnapshot(bytes, ZERO_ZXID);
    return 0;
  },
  "epoch file": (bytes) => {
    decodeEpoch(bytes, "currentEpoch");
    return 0;
  },
};

function readPackets(from: "leader" | "learner", bytes: Uint8Array): number {
  const decoder = createPacketDecoder(from);
  for (const part of parts(bytes)) feed(decoder, part);
  return decoder.held.bytes.length;
}

/** Two pieces, cut where the bytes themselves say. */
function parts(bytes: Uint8Array): readonly Uint8Array[] {
  const cut = bytes.length === 0 ? 0 : (bytes[bytes.length - 1] ?? 0) % bytes.length;
  return cut === 0 ? [bytes] : [bytes.subarray(0, cut), bytes.subarray(cut)];
}

/** What real clients and servers said and wrote, for each of {@link DECODERS}: at most `maxBytes` each. */
export function samplesOf(maxBytes: number): Readonly<Record<string, readonly Uint8Array[]>> {
  const samples: Record<string, Uint8Array[]> = {};
  const add = (name: string, bytes: Uint8Array): void => {
    if (bytes.length <= maxBytes) (samples[name] ??= []).push(bytes);
  };
  for (const { writes } of clientExchanges()) {
    writes.forEach(({ from, bytes }, i) => {
      const payload = bytes.slice(4);
      if (from === "server") add("reply", payload);
      else add(i === 0 ? "connect" : "request", payload);
    });
  }
  for (const { port, from, frames } of quorumStreams()) {
    const name = from === "opener" ? "quorum stream of a learner" : "quorum stream of a leader";
    for (const { kind, bytes } of frames) {
      // The raw stream is only read behind its packet.
      const stream = kind === "snapshot" ? concatBytes([SNAP, bytes]) : bytes;
      add(port === "election" ? "election stream" : name, stream);
    }
  }
  for (const file of dataFiles()) {
    const name = file.name.startsWith("log.") ? "transaction log" : "snapshot";
    add(name, name === "snapshot" ? file.bytes : withoutPadding(file.bytes));
  }
  for (const text of ["0", "1", "17", "2147483647"]) add("epoch file", encodeUtf8(text));
  return samples;
}

const SNAP = fromHex("0000000f0000000000000000ffffffffffffffff");

/** Without most of the zeros at its end. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  let end = bytes.length;
  while (end > 0 && bytes[end - 1] === 0) end--;
  return bytes.slice(0, end + 64);
}

/** The logs and snapshots that real servers left behind. */
function dataFiles(): readonly { readonly name: string; readonly bytes: Uint8Array }[] {
  const root = new URL("../golden/datadirs/", import.meta.url).pathname;
  return readdirSync(root, { recursive: true, encoding: "utf8" })
    .map((path) => ({ path: join(root, path), name: basename(path) }))
    .filter(({ name }) => /^(log|snapshot)\.[0-9a-f]+$/.test(name))
    .map(({ path, name }) => ({ name, bytes: new Uint8Array(readFileSync(path)) }));
}

/** What became of one input. */
type Verdict = "read" | "refused";

/**
 * Feeds one input to a decoder.
 *
 * @throws whatever escapes but a JuteError or an OwnerError, and an Error where more is kept than twice what came
 */
export function tryDecoder(decode: Decode, bytes: Uint8Array): Verdict {
  try {
    const keptBytes = decode(bytes);
    if (keptBytes > 2 * bytes.length + 64) throw new Error(`${keptBytes} bytes are kept`);
    return "read";
  } catch (error) {
    // An owner that no server accepts is known only once the tree is made; recovery refuses the file.
    if (error instanceof JuteError || error instanceof OwnerError) return "refused";
    throw error;
  }
}

const EDGES = [0, 1, 2, 4, 0x10, 0x7f, 0x80, 0xff];
const EDGE_INTS = [0, -1, -2, 1, 0x7fff_ffff, -0x8000_0000, 0x1f_ffff, 0x20_0000, 0x10_0000, 100];

/**
 * A changed copy of `sample`: bytes and whole ints overwritten, cut short, lengthened, or all at random.
 *
 * @param draw 0 … 2^32 − 1, the next random number
 */
export function mutated(sample: Uint8Array, draw: () => number): Uint8Array {
  const how = draw() % 16;
  if (how === 0) return Uint8Array.from({ length: draw() % 64 }, () => draw() & 0xff);
  const bytes = sample.slice(0, how === 1 ? draw() % (sample.length + 1) : sample.length);
  if (bytes.length === 0) return bytes;
  const view = new DataView(bytes.buffer);
  for (let left = 1 + (draw() % 3); left > 0; left--) {
    const at = draw() % bytes.length;
    if (how < 6 && at + 4 <= bytes.length) {
      view.setInt32(at, EDGE_INTS[draw() % EDGE_INTS.length] ?? 0);
    } else {
      bytes[at] = how < 10 ? (EDGES[draw() % EDGES.length] ?? 0) : draw() & 0xff;
    }
  }
  if (how < 15) return bytes;
  const longer = new Uint8Array(bytes.length + (draw() % 40));
  longer.set(bytes);
  return longer;
}

/** A small generator, so that a campaign repeats: mulberry32. */
export function drawsOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}
