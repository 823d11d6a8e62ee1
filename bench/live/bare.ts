import { fdatasync, openSync, write } from "node:fs";
import { createServer, type Socket } from "node:net";

/**
 * The limit to come close to: a server that only parses frames, appends writes to a file, syncs it a batch at a time
 * and answers. It keeps no tree and checks nothing; every znode exists and has the same data.
 *
 * Arguments: port, log file.
 */
const [port, file] = process.argv.slice(2);
const log = openSync(file ?? "bare.log", "w");
const STAT = Buffer.alloc(68);
const DATA = Buffer.alloc(100);

type Waiting = { readonly socket: Socket; readonly reply: Buffer };
let waiting: Waiting[] = [];
let frames: Buffer[] = [];
let syncing = false;
let zxid = 0n;

createServer({ noDelay: true }, (socket) => {
  let rest: Buffer = Buffer.alloc(0);
  let connected = false;
  socket.on("error", () => {});
  socket.on("data", (chunk) => {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    const replies: Buffer[] = [];
    let at = 0;
    while (rest.length - at >= 4) {
      const end = at + 4 + rest.readInt32BE(at);
      if (rest.length < end) break;
      const frame = rest.subarray(at + 4, end);
      at = end;
      if (connected) answer(socket, frame, replies);
      else replies.push(session());
      connected = true;
    }
    rest = rest.subarray(at);
    if (replies.length > 0) socket.write(Buffer.concat(replies));
    setImmediate(flush);
  });
}).listen(Number(port), "127.0.0.1", () => {
  console.log("ready");
});

function answer(socket: Socket, frame: Buffer, replies: Buffer[]): void {
  const xid = frame.readInt32BE(0);
  switch (frame.readInt32BE(4)) {
    case 1: {
      const path = frame.subarray(8, 12 + frame.readInt32BE(8));
      later(socket, frame, replyOf(xid, path));
      break;
    }
    case 5:
      later(socket, frame, replyOf(xid, STAT));
      break;
    case 4:
      replies.push(replyOf(xid, lengthOf(DATA.length), DATA, STAT));
      break;
    case 9:
      replies.push(replyOf(xid, frame.subarray(8)));
      break;
    case -11:
      replies.push(replyOf(xid));
      break;
    default:
      replies.push(replyOf(-2));
  }
}

/** A write is answered once it is in the log. */
function later(socket: Socket, frame: Buffer, reply: Buffer): void {
  zxid++;
  waiting.push({ socket, reply });
  frames.push(frame);
}

function flush(): void {
  if (syncing || frames.length === 0) return;
  syncing = true;
  const batch = waiting;
  const bytes = Buffer.concat(frames);
  waiting = [];
  frames = [];
  write(log, bytes, () => {
    fdatasync(log, () => {
      const bySocket = new Map<Socket, Buffer[]>();
      for (const { socket, reply } of batch) {
        const mine = bySocket.get(socket);
        if (mine === undefined) bySocket.set(socket, [reply]);
        else mine.push(reply);
      }
      for (const [socket, replies] of bySocket) socket.write(Buffer.concat(replies));
      syncing = false;
      flush();
    });
  });
}

function replyOf(xid: number, ...body: readonly Uint8Array[]): Buffer {
  const head = Buffer.alloc(20);
  head.writeInt32BE(16 + body.reduce((sum, { length }) => sum + length, 0), 0);
  head.writeInt32BE(xid, 4);
  head.writeBigInt64BE(zxid, 8);
  return Buffer.concat([head, ...body]);
}

function lengthOf(bytes: number): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(bytes);
  return length;
}

function session(): Buffer {
  const reply = Buffer.alloc(41);
  reply.writeInt32BE(37, 0);
  reply.writeInt32BE(30_000, 8);
  reply.writeBigInt64BE(0x100000000000001n, 12);
  reply.writeInt32BE(16, 20);
  return reply;
}
