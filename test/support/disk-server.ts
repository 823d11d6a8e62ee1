import type { ServerConfig } from "../../core/config.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent } from "../../core/event.ts";
import { DEFAULT_OPTIONS } from "../../core/options.ts";
import type { Operation, Reply } from "../../core/request/operation.ts";
import { createServer, type Server } from "../../core/server-state.ts";
import { step } from "../../core/server.ts";
import { NO_SESSION } from "../../core/session/session-id.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import { openDisk, type DiskEffect } from "../../server/disk/disk.ts";
import { configOf } from "./machine.ts";

/** A standalone server on real files, with clients and a clock that are the test's. */
export type DiskServer = {
  readonly server: Server;
  /** A client with a session of its own. */
  readonly connect: (timeoutMs?: number) => Promise<number>;
  readonly request: (conn: number, op: Operation) => Promise<Reply>;
  /** Ends it as a crash would, once nothing is under way on the disk. */
  readonly close: () => Promise<void>;
};

/** Starts it in a `version-2` directory and waits until clients are served. */
export async function startOnDisk(
  directory: string,
  limits: Partial<ServerConfig> = {},
): Promise<DiskServer> {
  const options = { ...DEFAULT_OPTIONS, extendedTypes: true, ...limits.options };
  const config = configOf(1, { voters: 1, standalone: true, ...limits, options });
  const server = createServer(config);
  const waiting = new Map<number, (message: unknown) => void>();
  let serves: () => void = () => {};
  let fails: (error: Error) => void = () => {};
  const served = new Promise<void>((done, fail) => {
    serves = done;
    fails = fail;
  });
  let closed = false;
  let conns = 1_000_000;
  const xids = new Map<number, number>();
  const startedMs = performance.now();

  const disk = openDisk({ snapDir: directory, logDir: directory, onEvent: tell });

  function tell(event: ServerEvent): void {
    if (closed) return;
    const out: ServerEffect[] = [];
    step(server, event, Math.floor(performance.now() - startedMs), out);
    for (const effect of out) carryOut(effect);
  }

  function carryOut(effect: ServerEffect): void {
    switch (effect.kind) {
      case "wake":
        setImmediate(tell, { kind: "woke", thread: effect.thread, of: effect.of });
        break;
      case "send":
        waiting.get(effect.conn)?.(effect.message);
        break;
      case "serving":
        serves();
        break;
      case "exit":
        fails(new Error(effect.reason));
        break;
      default:
        if (isForDisk(effect)) disk.perform(effect);
        break;
    }
  }

  function answerTo<Answer>(conn: number): Promise<Answer> {
    return new Promise((done) => {
      waiting.set(conn, done as (message: unknown) => void);
    });
  }

  tell({ kind: "started", entropy: 1, wallOffsetMs: Date.now() });
  await served;
  return {
    server,
    connect: async (timeoutMs = 4000) => {
      const conn = ++conns;
      const answer = answerTo(conn);
      tell({ kind: "accepted", port: "client", conn, from: "127.0.0.1" });
      tell({
        kind: "received",
        conn,
        message: {
          kind: "connect",
          lastZxidSeen: ZERO_ZXID,
          timeoutMs,
          sessionId: NO_SESSION,
          password: null,
          readOnly: null,
        },
      });
      await answer;
      return conn;
    },
    request: (conn, op) => {
      const xid = (xids.get(conn) ?? 0) + 1;
      xids.set(conn, xid);
      const answer = answerTo<Reply>(conn);
      tell({ kind: "received", conn, message: { kind: "request", xid, op } });
      return answer;
    },
    close: async () => {
      closed = true;
      await disk.close();
    },
  };
}

const DISK_KINDS: ReadonlySet<string> = new Set<DiskEffect["kind"]>([
  "append",
  "extend",
  "allocate",
  "write",
  "rename",
  "remove",
  "truncate",
  "sync",
  "list",
  "read",
]);

function isForDisk(effect: ServerEffect): effect is DiskEffect {
  return DISK_KINDS.has(effect.kind);
}
