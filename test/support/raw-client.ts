import { createConnection, type Socket } from "node:net";
import type {
  ConnectRequest,
  ConnectResponse,
  Operation,
  Reply,
  ServerToClient,
} from "../../core/request/operation.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import { decodeServerToClient, writeClientToServer } from "../../core/wire/client-codec.ts";
import { JuteWriter } from "../../core/wire/jute.ts";
import type { Zxid } from "../../core/zxid.ts";

/** A client that sends one request at a time and keeps its session alive only by that. */
export type RawClient = {
  readonly sessionId: SessionId;
  readonly password: Uint8Array;
  /** Watch events that come in between are dropped. */
  readonly ask: (op: Operation) => Promise<Reply>;
  /** Drops the connection; the session stays. */
  readonly hangUp: () => void;
};

/**
 * @param session one to go on with, or none for a new one
 * @param opened a connection of another kind than a plain one
 */
export async function rawClient(
  port: number,
  session: Partial<ConnectRequest> = {},
  opened: Promise<Socket> = connected(port),
): Promise<RawClient> {
  const socket = await opened;
  const next = framesOf(socket);
  const request: ConnectRequest = {
    kind: "connect",
    lastZxidSeen: 0n as Zxid,
    timeoutMs: 30_000,
    sessionId: 0n as SessionId,
    password: new Uint8Array(16),
    readOnly: false,
    ...session,
  };
  socket.write(written(request));
  const hello = decodeServerToClient(await next(), { kind: "session" }) as ConnectResponse;
  let xid = 0;
  const ask = async (op: Operation): Promise<Reply> => {
    xid++;
    socket.write(written({ kind: "request", xid, op }));
    for (;;) {
      const awaited = { kind: "replies", opOf: () => op } as const;
      const said: ServerToClient = decodeServerToClient(await next(), awaited);
      if (said.kind === "reply") return said;
    }
  };
  const hangUp = (): void => void socket.destroy();
  return { sessionId: hello.sessionId, password: hello.password, ask, hangUp };
}

function written(message: Parameters<typeof writeClientToServer>[1]): Uint8Array {
  const writer = new JuteWriter();
  writeClientToServer(writer, message);
  return writer.toBytes();
}

function connected(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    socket.once("connect", () => {
      resolve(socket);
    });
    socket.once("error", reject);
  });
}

/** One frame after the other, without its length; fails when the server hangs up. */
function framesOf(socket: Socket): () => Promise<Uint8Array> {
  let bytes = Buffer.alloc(0);
  let wake = (): void => {};
  socket.on("data", (chunk) => {
    bytes = Buffer.concat([bytes, chunk]);
    wake();
  });
  socket.on("close", () => {
    wake();
  });
  return async () => {
    for (;;) {
      const end = bytes.length < 4 ? Infinity : 4 + bytes.readInt32BE(0);
      if (bytes.length >= end) {
        const frame = new Uint8Array(bytes.subarray(4, end));
        bytes = bytes.subarray(end);
        return frame;
      }
      if (socket.destroyed) throw new Error("the server hung up");
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  };
}
