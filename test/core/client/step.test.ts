import { expect, test } from "vitest";
import { createClient, type Client } from "../../../core/client/client.ts";
import type { ClientEffect, ClientEvent } from "../../../core/client/event.ts";
import { step } from "../../../core/client/step.ts";
import type { Operation, ServerToClient } from "../../../core/request/operation.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { makeZxid, ZERO_ZXID } from "../../../core/zxid.ts";

const SESSION = 0x100_0000_0000_0000n as SessionId;
const PASSWORD = new Uint8Array(16).fill(7);

test("a client asks for its session as soon as it is connected", () => {
  const { client, effects } = opened();
  const connect = only(effects, "connect");

  const next = on(client, { kind: "connected", conn: connect.conn }, 5);

  expect(only(next, "send").message).toEqual({
    kind: "connect",
    lastZxidSeen: ZERO_ZXID,
    timeoutMs: 6000,
    sessionId: 0n,
    password: new Uint8Array(16),
    readOnly: false,
  });
});

test("every address is tried once before the round begins again, a second later", () => {
  const { client, effects } = opened();
  const tried = [only(effects, "connect").address];
  for (let i = 0; i < 2; i++) {
    tried.push(only(on(client, gone(client), 1), "connect").address);
  }

  const afterRound = on(client, gone(client), 1);

  expect([...tried].sort()).toEqual(["a:1", "b:1", "c:1"]);
  expect(all(afterRound, "connect")).toEqual([]);
  expect(only(afterRound, "arm")).toEqual({ kind: "arm", timer: "retry", afterMs: 1000 });
});

test("a server has a share of the timeout to connect, and again to give the session", () => {
  const { client, effects } = opened();
  expect(only(effects, "arm")).toEqual({ kind: "arm", timer: "connect", afterMs: 2000 });

  const next = on(client, { kind: "fired", timer: "connect" }, 2000);

  expect(all(next, "close")).toHaveLength(1);
  expect(only(next, "connect").address).not.toBe(only(effects, "connect").address);
});

test("requests made before the session exists are sent once it does, numbered from 1", () => {
  const { client, effects } = opened();
  on(client, { kind: "invoked", ticket: 40, op: read("/a") }, 1);
  on(client, { kind: "invoked", ticket: 41, op: read("/b") }, 1);
  on(client, { kind: "connected", conn: only(effects, "connect").conn }, 2);

  const next = receive(client, granted(), 3);

  expect(sent(next)).toEqual([
    { kind: "request", xid: 1, op: read("/a") },
    { kind: "request", xid: 2, op: read("/b") },
  ]);
});

test("replies complete pipelined requests in order", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 40, op: read("/a") }, 10);
  on(client, { kind: "invoked", ticket: 41, op: read("/b") }, 10);

  const first = receive(client, reply(1), 12);
  const second = receive(client, reply(2, -101), 12);

  expect(only(first, "completed")).toMatchObject({ ticket: 40, err: 0 });
  expect(only(second, "completed")).toMatchObject({ ticket: 41, err: -101 });
});

test("a reply out of order costs the connection", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 40, op: read("/a") }, 10);

  const next = receive(client, reply(2), 12);

  expect(all(next, "close")).toHaveLength(1);
  expect(only(next, "lost")).toMatchObject({ ticket: 40, reason: "connectionLoss", sent: true });
});

test("losing the connection fails what was sent and what was waiting, and keeps the session", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 40, op: read("/a") }, 10);

  const next = on(client, gone(client), 20);

  expect(only(next, "lost")).toEqual({
    kind: "lost",
    ticket: 40,
    reason: "connectionLoss",
    sent: true,
  });
  expect(only(next, "sessionChanged").state).toBe("suspended");
  expect(only(next, "arm").timer).toBe("retry");
  on(client, { kind: "invoked", ticket: 41, op: read("/a") }, 21);
  on(client, { kind: "fired", timer: "retry" }, 900);
  expect(only(on(client, gone(client), 901), "lost")).toMatchObject({ ticket: 41, sent: false });
});

test("a client that moves shows its session and the last zxid it has seen", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 40, op: read("/a") }, 10);
  receive(client, reply(1, 0, makeZxid(3, 9)), 12);
  on(client, gone(client), 20);
  on(client, { kind: "fired", timer: "retry" }, 1200);

  const next = on(client, { kind: "connected", conn: client.conn }, 1201);

  expect(only(next, "send").message).toMatchObject({
    kind: "connect",
    sessionId: SESSION,
    password: PASSWORD,
    lastZxidSeen: makeZxid(3, 9),
  });
});

test("after moving, the watches are set again before any waiting request", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 1, op: read("/data", true) }, 10);
  on(client, { kind: "invoked", ticket: 2, op: { ...exists("/missing"), watch: true } }, 10);
  on(client, { kind: "invoked", ticket: 3, op: children("/dir", true) }, 10);
  on(client, { kind: "invoked", ticket: 4, op: read("/failed", true) }, 10);
  receive(client, reply(1, 0, makeZxid(1, 4)), 11);
  receive(client, reply(2, -101, makeZxid(1, 4)), 11);
  receive(client, reply(3, 0, makeZxid(1, 4)), 11);
  receive(client, reply(4, -101, makeZxid(1, 4)), 11);
  move(client);
  on(client, { kind: "invoked", ticket: 5, op: read("/x") }, 1201);

  const next = receive(client, granted(), 1202);

  expect(sent(next)).toEqual([
    {
      kind: "request",
      xid: 5,
      op: {
        kind: "setWatches",
        type: 101,
        relativeZxid: makeZxid(1, 4),
        data: ["/data"],
        exist: ["/missing"],
        child: ["/dir"],
        persistent: [],
        recursive: [],
      },
    },
    { kind: "request", xid: 6, op: read("/x") },
  ]);
});

test("the answer to the client's own setWatches is nobody's completion", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 1, op: read("/data", true) }, 10);
  receive(client, reply(1), 11);
  move(client);
  receive(client, granted(), 1202);

  expect(receive(client, reply(2), 1203)).toEqual([]);
});

test("a watch fires once", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 1, op: read("/data", true) }, 10);
  receive(client, reply(1), 11);
  const event: ServerToClient = { kind: "watchEvent", type: 3, state: 3, path: "/data" };

  expect(receive(client, event, 20)).toEqual([{ kind: "watched", type: 3, path: "/data" }]);
  expect(receive(client, event, 21)).toEqual([]);
});

test("persistent watches stay, hear of what they are meant for, and are set again after moving", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 1, op: addWatch("/one", 0) }, 10);
  on(client, { kind: "invoked", ticket: 2, op: addWatch("/all", 1) }, 10);
  on(client, { kind: "invoked", ticket: 3, op: addWatch("/refused", 2) }, 10);
  receive(client, reply(1), 11);
  receive(client, reply(2), 11);
  receive(client, reply(3, -5), 11);

  for (const path of ["/one", "/one", "/all", "/all/a/b"]) {
    const event: ServerToClient = { kind: "watchEvent", type: 3, state: 3, path };
    expect(receive(client, event, 20)).toEqual([{ kind: "watched", type: 3, path }]);
  }
  for (const path of ["/one/a", "/allies", "/refused"]) {
    expect(receive(client, { kind: "watchEvent", type: 3, state: 3, path }, 20)).toEqual([]);
  }
  move(client);
  const [request] = sent(receive(client, granted(), 1202));
  expect(request).toMatchObject({
    op: { kind: "setWatches", type: 105, data: [], persistent: ["/one"], recursive: ["/all"] },
  });
});

test("watches that were taken back at the server are not set again", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 1, op: read("/a", true) }, 10);
  on(client, { kind: "invoked", ticket: 2, op: children("/a", true) }, 10);
  on(client, { kind: "invoked", ticket: 3, op: addWatch("/a", 0) }, 10);
  for (const xid of [1, 2, 3]) receive(client, reply(xid), 11);

  on(
    client,
    { kind: "invoked", ticket: 4, op: { kind: "removeWatches", path: "/a", type: 2 } },
    12,
  );
  receive(client, reply(4), 13);
  expect(client.watches).toMatchObject({ data: new Set(), child: new Set(["/a"]) });
  on(
    client,
    { kind: "invoked", ticket: 5, op: { kind: "removeWatches", path: "/a", type: 3 } },
    14,
  );
  receive(client, reply(5), 15);

  move(client);
  expect(sent(receive(client, granted(), 1202))).toEqual([]);
});

test("a ping goes out after half the read timeout without a request, and not before", () => {
  const client = attached();
  on(client, { kind: "invoked", ticket: 1, op: read("/a") }, 500);

  expect(on(client, { kind: "fired", timer: "ping" }, 2000)).toEqual([
    { kind: "arm", timer: "ping", afterMs: 500 },
  ]);

  const next = on(client, { kind: "fired", timer: "ping" }, 2500);
  expect(only(next, "send").message).toMatchObject({ xid: -2, op: { kind: "ping" } });
});

test("a long session still pings every ten seconds", () => {
  const client = attached(120_000);
  expect(on(client, { kind: "fired", timer: "ping" }, 9_000)).toEqual([
    { kind: "arm", timer: "ping", afterMs: 1_000 },
  ]);
});

test("two thirds of the timeout without a word give the server up", () => {
  const client = attached();
  receive(client, reply(-2), 1000);

  expect(on(client, { kind: "fired", timer: "silence" }, 4000)).toEqual([
    { kind: "arm", timer: "silence", afterMs: 1000 },
  ]);
  const next = on(client, { kind: "fired", timer: "silence" }, 5000);

  expect(all(next, "close")).toHaveLength(1);
  expect(only(next, "sessionChanged").state).toBe("suspended");
});

test("a session that is gone ends the client until it opens another", () => {
  const client = attached();
  move(client);
  on(client, { kind: "invoked", ticket: 9, op: read("/a") }, 1201);

  const next = receive(client, { ...granted(), timeoutMs: 0 }, 1202);

  expect(only(next, "lost")).toMatchObject({ ticket: 9, reason: "sessionExpired" });
  expect(only(next, "sessionChanged").state).toBe("expired");
  const late = on(client, { kind: "invoked", ticket: 10, op: read("/a") }, 1300);
  expect(only(late, "lost")).toMatchObject({ ticket: 10, reason: "sessionExpired", sent: false });

  const again = on(client, { kind: "opened", entropy: 5 }, 1400);
  expect(only(again, "connect").conn).toBeGreaterThan(2);
  expect(client.sessionId).toBe(0n);
});

test("closing waits for the answer, then tries no other server", () => {
  const client = attached();
  const asked = on(client, { kind: "closed" }, 10);
  expect(sent(asked)).toEqual([{ kind: "request", xid: 1, op: { kind: "closeSession" } }]);

  const next = receive(client, reply(1), 12);

  expect(all(next, "close")).toHaveLength(1);
  expect(only(next, "sessionChanged").state).toBe("closed");
  expect(all(next, "connect")).toEqual([]);
});

test("what comes from a connection given up is not heard", () => {
  const client = attached();
  const before = client.conn;
  move(client);

  expect(
    on(client, { kind: "received", conn: before, message: { ...granted(), timeoutMs: 0 } }, 1300),
  ).toEqual([]);
  expect(client.state).toBe("suspended");
});

function opened(timeoutMs = 6000): { client: Client; effects: ClientEffect[] } {
  const client = createClient(["a:1", "b:1", "c:1"], timeoutMs);
  return { client, effects: on(client, { kind: "opened", entropy: 42 }, 0) };
}

function attached(timeoutMs = 6000): Client {
  const { client } = opened(timeoutMs);
  on(client, { kind: "connected", conn: client.conn }, 0);
  receive(client, granted(timeoutMs), 0);
  return client;
}

function move(client: Client): void {
  on(client, gone(client), 20);
  on(client, { kind: "fired", timer: "retry" }, 1200);
  on(client, { kind: "connected", conn: client.conn }, 1200);
}

function on(client: Client, event: ClientEvent, nowMs: number): ClientEffect[] {
  const out: ClientEffect[] = [];
  step(client, event, nowMs, out);
  return out;
}

function receive(client: Client, message: ServerToClient, nowMs: number): ClientEffect[] {
  return on(client, { kind: "received", conn: client.conn, message }, nowMs);
}

function gone(client: Client): ClientEvent {
  return { kind: "disconnected", conn: client.conn };
}

function granted(timeoutMs = 6000): ServerToClient & { kind: "connectResponse" } {
  return {
    kind: "connectResponse",
    timeoutMs,
    sessionId: SESSION,
    password: PASSWORD,
    readOnly: false,
  };
}

function reply(xid: number, err = 0, zxid = makeZxid(1, 1)): ServerToClient {
  return { kind: "reply", xid, zxid, err, result: null };
}

function read(path: string, watch = false): Operation {
  return { kind: "getData", path, watch };
}

function exists(path: string): Operation & { kind: "exists" } {
  return { kind: "exists", path, watch: false };
}

function addWatch(path: string, mode: number): Operation {
  return { kind: "addWatch", path, mode };
}

function children(path: string, watch: boolean): Operation {
  return { kind: "getChildren", type: 12, path, watch };
}

type Of<K extends ClientEffect["kind"]> = Extract<ClientEffect, { kind: K }>;

function all<K extends ClientEffect["kind"]>(effects: ClientEffect[], kind: K): Of<K>[] {
  return effects.filter((effect): effect is Of<K> => effect.kind === kind);
}

function only<K extends ClientEffect["kind"]>(effects: ClientEffect[], kind: K): Of<K> {
  const found = all(effects, kind);
  expect(found).toHaveLength(1);
  return found[0] as Of<K>;
}

function sent(effects: ClientEffect[]): unknown[] {
  return all(effects, "send").map((effect) => effect.message);
}
