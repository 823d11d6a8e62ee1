import { Duplex } from "node:stream";
import type { Socket } from "node:net";
import { expect, test } from "vitest";
import type { Message } from "../../../core/message.ts";
import {
  BACKLOG_MAX,
  CHOKE_BYTES,
  createChannel,
  type Channel,
} from "../../../server/net/channel.ts";
import { peerConnector } from "../../../server/net/peers.ts";
import { createClock } from "../../../server/runtime/clock.ts";
import { createOutgoing, flush, say } from "../../../server/runtime/outgoing.ts";
import { createRuntime, dispatch } from "../../../server/runtime/runtime.ts";
import { configOf } from "../../support/machine.ts";

test("where the core throws, the runtime is over and nothing of what it wanted last is done", () => {
  const said: string[] = [];
  const runtime = createRuntime(configOf(1), createClock(), {
    disk: { perform: () => said.push("disk"), close: () => Promise.resolve() },
    connect: () => {
      throw new Error("not asked for");
    },
    speechOf: () => ({ hear: () => {}, write: () => {}, resume: () => {}, gone: () => {} }),
    listen: () => said.push("listen"),
    unlisten: () => said.push("unlisten"),
    observe: () => {},
    fault: () => said.push("fault"),
    broken: ({ kind }, error) => {
      said.push(`broken at ${kind}: ${(error as Error).message}`);
      runtime.over = true;
    },
    exited: () => said.push("exited"),
  });
  Object.defineProperty(runtime.server, "life", {
    get: () => {
      throw new Error("a bug");
    },
  });

  dispatch(runtime, { kind: "stopped" });
  dispatch(runtime, { kind: "stopped" });

  expect(said).toEqual(["broken at stopped: a bug"]);
});

test.each([
  "",
  "nowhere",
  ":",
  "h:",
  "h:99999",
  "h:-1",
  "h:1.5",
  "[::1",
  "\0:80",
  `${"ü".repeat(400)}:80`,
])("the address %j cannot be reached, and that is all", async (address) => {
  const socket = peerConnector()(address);
  socket.on("error", () => {});

  await new Promise((done) => socket.once("close", done));

  expect(socket.destroyed).toBe(true);
});

const REPLY_BYTES = 1 << 18;

test("a client that does not read has a megabyte and a reply encoded for it, however much it asks for", () => {
  const outgoing = createOutgoing();
  const { channel, unread } = clientChannel();

  for (let turn = 0; turn < 10; turn++) {
    for (let count = 0; count < 100; count++) say(outgoing, channel, reply(count));
    for (const dirty of outgoing.dirty.splice(0)) expect(flush(outgoing, dirty)).toBe("written");
  }

  expect(unread()).toBeGreaterThan(CHOKE_BYTES);
  expect(unread()).toBeLessThanOrEqual(CHOKE_BYTES + 2 * REPLY_BYTES);
  expect(channel.backlog).toHaveLength(1000 - unread() / REPLY_BYTES);
});

test("what had to wait goes out in order once the client reads", () => {
  const outgoing = createOutgoing();
  const { channel, read } = clientChannel();
  for (let count = 0; count < 50; count++) say(outgoing, channel, reply(count));

  const xids: number[] = [];
  for (let turn = 0; turn < 50; turn++) {
    for (const dirty of outgoing.dirty.splice(0)) flush(outgoing, dirty);
    xids.push(...read());
    channel.choked = false;
    if (channel.backlog !== null) outgoing.dirty.push(channel);
  }

  expect(xids).toEqual(Array.from({ length: 50 }, (_, index) => index));
  expect(channel.backlog).toBeNull();
});

test("a client for whom more and more events wait is given up", () => {
  const outgoing = createOutgoing();
  const { channel } = clientChannel();
  channel.choked = true;

  for (let count = 0; count < BACKLOG_MAX; count++) say(outgoing, channel, reply(count));

  expect(outgoing.dirty.map((dirty) => flush(outgoing, dirty))).toEqual(["tooMuch"]);
});

function reply(xid: number): Message {
  return { kind: "reply", xid, zxid: 0n, err: 0, result: null } as unknown as Message;
}

/** A channel whose socket keeps what is written until it is read; replies are their xid and a lot behind it. */
function clientChannel(): {
  readonly channel: Channel;
  readonly unread: () => number;
  readonly read: () => number[];
} {
  let written: Buffer[] = [];
  const socket = new Duplex({ read: () => {}, write: () => {} });
  Object.defineProperty(socket, "writableLength", {
    get: () => written.reduce((sum, bytes) => sum + bytes.length, 0),
  });
  socket.write = (bytes: Buffer): boolean => {
    written.push(bytes);
    return false;
  };
  const channel = createChannel(1, "client", socket as unknown as Socket);
  channel.speech = {
    hear: () => {},
    write: (writer, message) => {
      writer.int((message as { readonly xid: number }).xid);
      writer.raw(new Uint8Array(REPLY_BYTES - 4));
    },
    resume: () => {},
    gone: () => {},
  };
  return {
    channel,
    unread: () => socket.writableLength,
    read: () => {
      const all = Buffer.concat(written);
      written = [];
      const xids: number[] = [];
      for (let at = 0; at < all.length; at += REPLY_BYTES) xids.push(all.readInt32BE(at));
      return xids;
    },
  };
}
