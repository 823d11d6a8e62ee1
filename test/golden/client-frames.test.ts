import { expect, test } from "vitest";
import type { Operation, Request } from "../../core/request/operation.ts";
import {
  decodeConnectRequest,
  decodeRequest,
  decodeServerToClient,
  writeClientToServer,
  writeServerToClient,
} from "../../core/wire/client-codec.ts";
import { JuteError, JuteWriter } from "../../core/wire/jute.ts";
import { clientExchanges, toHex, type Exchange } from "../support/captures.ts";

/** Frames that are not written back as they came, or not read at all, and why. */
const DIFFERING: Record<string, readonly string[]> = {
  // The protocol version is not kept.
  "connect-odd-fields A": [
    "000000070000000000000000000027100000000000000000000000100000000000000000000000000000000000 -> 000000000000000000000000000027100000000000000000000000100000000000000000000000000000000000",
  ],
  // Every byte but 0 is true.
  "connect-odd-fields D": [
    "000000000000000000000000000027100000000000000000000000100000000000000000000000000000000002 -> 000000000000000000000000000027100000000000000000000000100000000000000000000000000000000001",
  ],
  // A character above U+FFFF came in four bytes, and leaves, as from a real server, in six.
  "create-errors only": [
    "0000001600000001000000072f612ff09f988000000000000000010000001f00000005776f726c6400000006616e796f6e6500000000 -> 0000001600000001000000092f612feda0bdedb88000000000000000010000001f00000005776f726c6400000006616e796f6e6500000000",
  ],
  // No room for a header.
  "malformed-frame C": [" EOFException"],
  "malformed-frame D": ["616263 EOFException"],
  "malformed-frame H": [" EOFException"],
  "malformed-frame I": ["00000001 EOFException"],
  // The answer to a request of a megabyte that was left out of the capture.
  "max-buffer only": [
    "0000000200000000000000030000000000000000000000020000000000000003000001a1fe3a38d8000001a1fe3a38eb0000000100000000000000000000000000000000000fffe7000000000000000000000002 a reply to nothing",
  ],
  // Of the header that ends a multi only "done" is looked at.
  "multi-malformed only": [
    "000000080000000e0000000d00ffffffff000000022f6dffffffff000000000100000000 -> 000000080000000e0000000d00ffffffff000000022f6dffffffffffffffff01ffffffff",
  ],
  // The body of a ping is ignored, and so is that of a type that is no request's: a check of its own, here.
  "ping only": ["fffffffe0000000b747261696c696e67 -> fffffffe0000000b"],
  "readonly-mode-local-session ro": ["0000000c0000000d000000012f00000000 -> 0000000c0000000d"],
  "sync-check-misc A": [
    "000000150000000d000000022f6200000007 -> 000000150000000d",
    "000000160000000d000000052f6e6f706500000000 -> 000000160000000d",
  ],
};

test.each(clientExchanges().map((exchange) => [exchange.name, exchange] as const))(
  "%s: what was recorded is read and written back byte for byte",
  (_, exchange) => {
    const differing = replay(exchange);

    expect(differing).toEqual(DIFFERING[exchange.name] ?? []);
  },
);

/** Reads and writes back every frame, as the two ends of the connection would. */
function replay(exchange: Exchange): string[] {
  const sent = new Map<number, Operation>();
  const differing: string[] = [];
  let requested = false;
  let connected = false;
  for (const { from, bytes } of exchange.writes) {
    for (const payload of framesOf(bytes)) {
      const writer = new JuteWriter(16);
      try {
        if (from === "client") {
          const message = requested ? decodeRequest(payload) : decodeConnectRequest(payload);
          requested = true;
          if (message.kind === "request") sent.set(message.xid, message.op);
          writeClientToServer(writer, message);
        } else {
          const opOf = (xid: number): Operation | undefined => sent.get(xid);
          const message = decodeServerToClient(
            payload,
            connected ? { kind: "replies", opOf } : { kind: "session" },
          );
          connected = true;
          writeServerToClient(writer, message);
        }
      } catch (error) {
        if (!(error instanceof JuteError)) throw error;
        differing.push(`${toHex(payload)} ${error.message}`);
        continue;
      }
      const written = toHex(writer.peek().subarray(4));
      if (written !== toHex(payload)) differing.push(`${toHex(payload)} -> ${written}`);
    }
  }
  return differing;
}

/** The payloads of a run of frames; a frame with an impossible length is none, and ends the run. */
function framesOf(bytes: Uint8Array): Uint8Array[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Uint8Array[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const lengthBytes = view.getInt32(at);
    if (lengthBytes < 0 || at + 4 + lengthBytes > bytes.length) break;
    frames.push(bytes.slice(at + 4, at + 4 + lengthBytes));
    at += 4 + lengthBytes;
  }
  return frames;
}

test("a body that is too short makes a malformed operation for every type that has a body", () => {
  const requests = requestsOf("malformed-body only").filter((request) => request.xid <= 23);

  expect(requests).toHaveLength(23);
  for (const { op } of requests) expect(op).toMatchObject({ kind: "malformed", body: new Uint8Array(0) });
});

test("types that no client may use are unknown", () => {
  const types = ["A", "B", "C", "D", "E"].flatMap((conn) => requestsOf(`unknown-opcode ${conn}`));

  expect(types.map(({ op }) => op)).toEqual(
    [10, 99, 108, 0, -1].map((type) => ({ kind: "unknown", type })),
  );
});

test("a multi that mixes reads and writes, or has no end, is malformed, and one of nothing is not", () => {
  const kinds = requestsOf("multi-malformed only")
    .filter(({ xid }) => xid >= 2 && xid <= 8)
    .map(({ op }) => op.kind);

  expect(kinds).toEqual([...new Array<string>(6).fill("malformed"), "multi"]);
});

test("a multiRead may hold writes, for which it is refused later", () => {
  const kinds = requestsOf("multi-read only")
    .filter(({ xid }) => xid >= 4 && xid <= 9)
    .map(({ op }) => (op.kind === "multiRead" ? op.ops.map((part) => part.kind).join() : op.kind));

  expect(kinds).toEqual([
    "getData,getChildren,getData,getChildren,getData",
    "",
    "create",
    "malformed",
    "malformed",
    "getData",
  ]);
});

/** What the client of that connection sent once it had its session. */
function requestsOf(name: string): readonly Request[] {
  const exchange = clientExchanges().find((exchange) => exchange.name === name);
  const payloads = exchange?.writes.filter(({ from }) => from === "client") ?? [];
  return payloads
    .slice(1)
    .flatMap(({ bytes }) => framesOf(bytes))
    .map(decodeRequest);
}
