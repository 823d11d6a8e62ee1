import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";

/**
 * What idle clients cost: sessions that do nothing but ping, and watches that never fire.
 *
 * Starts the built server alone, opens the sessions, leaves the watches, idles for as long as a session lasts without a
 * ping, and says what memory the server needs and whether every session is still there.
 *
 * Arguments: sessions (10,000), watches of each (10), seconds to idle (40), the built command (dist/cli/main.js).
 */
const [sessionCount = 10_000, watchCount = 10, idleSeconds = 40] = process.argv
  .slice(2, 5)
  .map(Number);
const command = process.argv[5] ?? "dist/cli/main.js";

const TIMEOUT_MS = 30_000;
const PING_EVERY_MS = 10_000;
const OPENING_AT_ONCE = 200;
const PING = Buffer.from("00000008fffffffe0000000b", "hex");

type Client = { readonly socket: Socket; pongs: number; closed: boolean };

const port = await freePort();
const dir = mkdtempSync(join(tmpdir(), "zootrope-idle-"));
const config = join(dir, "zoo.cfg");
writeFileSync(
  config,
  [
    "tickTime=2000",
    `dataDir=${dir}`,
    `clientPort=${port}`,
    "clientPortAddress=127.0.0.1",
    "maxClientCnxns=0",
    "admin.enableServer=false",
    "4lw.commands.whitelist=*",
    "",
  ].join("\n"),
);
const args = [command, "server", "start-foreground", config];
const server = spawn(process.execPath, args, { stdio: "ignore" });
const clients: Client[] = [];
try {
  while (!(await ask("srvr").catch(() => "")).includes("Mode")) await pause(50);
  say("empty server");

  const openingMs = performance.now();
  let next = 0;
  const openSome = async (): Promise<void> => {
    while (next < sessionCount) clients.push(await open(next++));
  };
  await Promise.all(Array.from({ length: OPENING_AT_ONCE }, openSome));
  const tookMs = performance.now() - openingMs;
  say(`${sessionCount} sessions, ${sessionCount * watchCount} watches, in ${seconds(tookMs)} s`);

  const until = performance.now() + idleSeconds * 1000;
  let slowestMs = 0;
  while (performance.now() < until) {
    slowestMs = Math.max(slowestMs, await pingAll());
    await pause(PING_EVERY_MS);
    say(`idle, slowest round of pings ${Math.round(slowestMs)} ms`);
  }
  const gone = clients.filter(({ closed }) => closed).length;
  const monitor = await ask("mntr");
  console.log(`closed by the server: ${gone}`);
  for (const name of ["zk_num_alive_connections", "zk_watch_count", "zk_global_sessions"]) {
    console.log(new RegExp(`^${name}\t.*$`, "m").exec(monitor)?.[0] ?? `${name}: not said`);
  }
} finally {
  for (const { socket } of clients) socket.destroy();
  server.kill("SIGKILL");
  rmSync(dir, { recursive: true, force: true });
}

/** Opens a session and leaves its watches, on paths of its own. */
async function open(index: number): Promise<Client> {
  const socket = connect({ host: "127.0.0.1", port, noDelay: true });
  const client: Client = { socket, pongs: 0, closed: false };
  const answers = countingFrames(socket, client);
  await answers.until(0);
  socket.write(connectRequest());
  await answers.until(1);
  const asked: Buffer[] = [];
  for (let watch = 0; watch < watchCount; watch++)
    asked.push(exists(watch + 1, `/w/${index}/${watch}`));
  socket.write(Buffer.concat(asked));
  await answers.until(1 + watchCount);
  return client;
}

/** Sends a ping to everybody, and waits until all have answered: ms. */
async function pingAll(): Promise<number> {
  const startMs = performance.now();
  const wanted = clients.map((client) => client.pongs + 1);
  for (const { socket } of clients) socket.write(PING);
  const isOpen = (client: Client, index: number): boolean =>
    !client.closed && client.pongs < (wanted[index] ?? 0);
  while (clients.some(isOpen)) await pause(5);
  return performance.now() - startMs;
}

/** Counts whole frames; those after the session's beginning and its watches are pongs. */
function countingFrames(
  socket: Socket,
  client: Client,
): { until: (count: number) => Promise<void> } {
  let frames = 0;
  let left = 0;
  let head: Buffer = Buffer.alloc(0);
  let wake: () => void = () => {};
  socket.on("connect", () => wake());
  socket.on("data", (chunk: Buffer) => {
    let bytes: Buffer = head.length > 0 ? Buffer.concat([head, chunk]) : chunk;
    head = Buffer.alloc(0);
    while (bytes.length > 0) {
      if (left === 0) {
        if (bytes.length < 4) {
          head = bytes;
          break;
        }
        left = bytes.readInt32BE(0);
        bytes = bytes.subarray(4);
      }
      const taken = Math.min(left, bytes.length);
      left -= taken;
      bytes = bytes.subarray(taken);
      if (left > 0) break;
      frames++;
      if (frames > 1 + watchCount) client.pongs++;
    }
    wake();
  });
  socket.on("error", () => {});
  socket.on("close", () => {
    client.closed = true;
    wake();
  });
  return {
    until: async (count) => {
      for (;;) {
        if (client.closed || (!socket.connecting && frames >= count)) return;
        await new Promise<void>((done) => (wake = done));
      }
    },
  };
}

function connectRequest(): Buffer {
  const frame = Buffer.alloc(4 + 45);
  frame.writeInt32BE(45, 0);
  frame.writeInt32BE(TIMEOUT_MS, 16);
  frame.writeInt32BE(16, 28);
  return frame;
}

function exists(xid: number, path: string): Buffer {
  const name = Buffer.from(path);
  const frame = Buffer.alloc(17 + name.length);
  frame.writeInt32BE(13 + name.length, 0);
  frame.writeInt32BE(xid, 4);
  frame.writeInt32BE(3, 8);
  frame.writeInt32BE(name.length, 12);
  name.copy(frame, 16);
  frame[16 + name.length] = 1;
  return frame;
}

function say(what: string): void {
  const status = readFileSync(`/proc/${server.pid}/status`, "utf8");
  const megabytes = (name: string): string =>
    (Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024).toFixed(0);
  console.log(`${what}: ${megabytes("VmRSS")} MB (peak ${megabytes("VmHWM")} MB)`);
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1);
}

function ask(word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port });
    let text = "";
    socket.on("connect", () => socket.write(word));
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => resolve(text));
  });
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const listener = createServer();
    listener.listen(0, "127.0.0.1", () => {
      const { port: free } = listener.address() as { port: number };
      listener.close(() => resolve(free));
    });
  });
}
