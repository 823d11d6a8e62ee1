import { createConnection, type Socket } from "node:net";
import type { Operation, Reply, WatchEvent } from "../../core/request/operation.ts";
import { NO_SESSION, type SessionId } from "../../core/session/session-id.ts";
import {
  decodeServerToClient,
  writeClientToServer,
  type Awaited as Awaits,
} from "../../core/wire/client-codec.ts";
import { JuteWriter } from "../../core/wire/jute.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";

/** What a client needs to come back to its session at another server. */
export type Session = { readonly sessionId: SessionId; readonly password: Uint8Array };

/** A client on a socket, with a session. It pings by itself and sends what it is told, as fast as it is told. */
export type LiveClient = Session & {
  readonly timeoutMs: number;
  readonly events: WatchEvent[];
  /** The zxid of its newest reply. */
  readonly lastZxid: () => Zxid;
  /** @throws Error when the connection ends before the answer */
  readonly request: (op: Operation) => Promise<Reply>;
  readonly isClosed: () => boolean;
  /** Hangs up; the session lives on. */
  readonly drop: () => void;
  /** Ends the session. */
  readonly end: () => Promise<void>;
};

const NO_PASSWORD = new Uint8Array(16);
const PING_XID = -2;

/**
 * Counts on over all connections, as it does in real clients: a server knows whose transaction was committed by session
 * and xid, and what was asked for on the last connection may still be under way when the next one is there.
 */
let lastXid = 0;

/** The session is gone: the server said so with a timeout of 0. */
export class SessionGone extends Error {}

/**
 * Connects to a server of this machine.
 *
 * @param wanted its timeout in ms, and the session to come back to
 * @throws SessionGone for one that is no more; Error when nobody is there, or the server hangs up
 */
export function connectLive(
  port: number,
  {
    timeoutMs = 30_000,
    session = null,
    seen = ZERO_ZXID,
  }: { timeoutMs?: number; session?: Session | null; seen?: Zxid } = {},
): Promise<LiveClient> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port, noDelay: true });
    const waiting = new Map<number, { op: Operation; done: (reply: Reply) => void }>();
    const failures = new Map<number, (error: Error) => void>();
    const events: WatchEvent[] = [];
    const awaits: Awaits = { kind: "replies", opOf: (xid) => waiting.get(xid)?.op };
    let client: LiveClient | null = null;
    let lastZxid = seen;
    let ping: NodeJS.Timeout | undefined;
    let hangsUp = (): void => {};
    const closed = new Promise<void>((done) => (hangsUp = done));

    socket.setTimeout(timeoutMs, () => socket.destroy());
    socket.on("connect", () => {
      const sessionId = session?.sessionId ?? NO_SESSION;
      const password = session?.password ?? NO_PASSWORD;
      const readOnly = false;
      say(socket, {
        kind: "connect",
        lastZxidSeen: seen,
        timeoutMs,
        sessionId,
        password,
        readOnly,
      });
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearInterval(ping);
      const error = new Error(`the server at ${port} hung up`);
      for (const fail of failures.values()) fail(error);
      reject(error);
      hangsUp();
    });
    onFrames(socket, (payload) => {
      if (client !== null) {
        const message = decodeServerToClient(payload, awaits);
        if (message.kind === "watchEvent") events.push(message);
        if (message.kind !== "reply") return;
        if (message.zxid > lastZxid) lastZxid = message.zxid;
        waiting.get(message.xid)?.done(message);
        waiting.delete(message.xid);
        failures.delete(message.xid);
        return;
      }
      const answer = decodeServerToClient(payload, { kind: "session" });
      if (answer.kind !== "connectResponse" || answer.timeoutMs === 0) {
        reject(new SessionGone(`no session at ${port}`));
        socket.destroy();
        return;
      }
      socket.setTimeout(0);
      const pingMs = Math.max(100, Math.floor(answer.timeoutMs / 3));
      ping = setInterval(() => {
        say(socket, { kind: "request", xid: PING_XID, op: { kind: "ping" } });
      }, pingMs);
      client = {
        sessionId: answer.sessionId,
        password: answer.password,
        timeoutMs: answer.timeoutMs,
        events,
        lastZxid: () => lastZxid,
        request: (op) =>
          new Promise((done, fail) => {
            if (socket.destroyed) {
              fail(new Error(`no connection to ${port}`));
              return;
            }
            const xid = ++lastXid;
            waiting.set(xid, { op, done });
            failures.set(xid, fail);
            say(socket, { kind: "request", xid, op });
          }),
        isClosed: () => socket.destroyed,
        drop: () => socket.destroy(),
        end: async () => {
          await client?.request({ kind: "closeSession" }).catch(() => {});
          socket.destroy();
          await closed;
        },
      };
      resolve(client);
    });
  });
}

function say(socket: Socket, message: Parameters<typeof writeClientToServer>[1]): void {
  const writer = new JuteWriter();
  writeClientToServer(writer, message);
  socket.write(writer.toBytes());
}

function onFrames(socket: Socket, take: (payload: Uint8Array) => void): void {
  let rest: Buffer = Buffer.alloc(0);
  socket.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    while (rest.length >= 4) {
      const end = 4 + rest.readInt32BE(0);
      if (rest.length < end) break;
      const payload = Uint8Array.from(rest.subarray(4, end));
      rest = rest.subarray(end);
      take(payload);
    }
  });
}
