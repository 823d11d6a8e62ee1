import { existsSync, readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { join } from "node:path";
import { spawn } from "node:child_process";
import seedrandom from "seedrandom";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Operation } from "../../core/request/operation.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import { writeClientToServer } from "../../core/wire/client-codec.ts";
import { JuteWriter } from "../../core/wire/jute.ts";
import { writeHello, writeNotification } from "../../core/wire/election-codec.ts";
import { writeQuorumPacket } from "../../core/wire/quorum-codec.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import type { Zxid } from "../../core/zxid.ts";
import {
  ask,
  freePorts,
  sleep,
  spawnZootrope,
  type ServerPlan,
  untilServing,
  writeConfig,
  type LiveServer,
} from "../support/apache.ts";
import { newDirectory, startHere, type ServerHere } from "../support/live-server.ts";
import { rawClient, type RawClient } from "../support/raw-client.ts";
import { ballot, create, setData } from "../support/roles.ts";

/**
 * Hostile and heavy clients against one of ours, and strangers at the ports of an ensemble of ours: whatever they do,
 * a witness that behaves is served, and nothing of them stays behind.
 *
 * ZT_FRAMES (4,000) damaged frames are sent over live connections; ZT_CONNECTS (1,500) connections come and go.
 */
const FRAMES = Number(process.env["ZT_FRAMES"] ?? 4000);
const CONNECTS = Number(process.env["ZT_CONNECTS"] ?? 1500);

const COMMAND = "dist/cli/main.js";
const NO_BUILD = existsSync(COMMAND) ? null : "nothing built here: npm run build";
if (NO_BUILD !== null) console.warn(`\nHostile clients SKIPPED: ${NO_BUILD}\n`);

/** ms that the witness may wait for an answer on a busy machine. */
const PATIENCE_MS = 3000;
const LARGE_BYTES = 1_000_000;
const RSS_GROWTH_MAX_MB = 300;

const { dir, remove } = newDirectory();
afterAll(remove);

describe.skipIf(NO_BUILD !== null)("one server", () => {
  let plan: ServerPlan;
  let server: LiveServer;
  let witness: RawClient;
  let adminPort = 0;

  beforeAll(async () => {
    const [clientPort = 0, httpPort = 0] = await freePorts(2);
    adminPort = httpPort;
    const admin = [
      "admin.enableServer=true",
      "admin.serverAddress=127.0.0.1",
      `admin.serverPort=${httpPort}`,
    ];
    plan = { dir: join(dir, "alone"), clientPort, lines: ["maxClientCnxns=100", ...admin] };
    server = spawnZootrope(plan);
    await untilServing(server);
    witness = await rawClient(clientPort);
    await witness.ask(create("/witness"));
    await witness.ask(create("/large"));
    const data = new Uint8Array(LARGE_BYTES);
    await witness.ask({ kind: "setData", path: "/large", data, version: -1 });
  }, 90_000);

  afterAll(async () => {
    witness.hangUp();
    await server.stop();
  });

  /** The witness is served in time, and writes as well as it reads. */
  const expectService = async (): Promise<void> => {
    const startMs = performance.now();
    expect((await witness.ask(setData("/witness"))).err).toBe(0);
    expect(performance.now() - startMs).toBeLessThan(PATIENCE_MS);
  };

  test("frames that cannot be harm nobody but their sender", async () => {
    const draw = seedrandom("frames");
    const samples = [
      "80000000",
      "ffffffff",
      "7fffffff",
      "00100000",
      "00000000",
      "0000000000",
      "00000001ff",
      "0000002c",
    ];
    for (const sample of samples) {
      await throwAt(server.clientPort, Buffer.from(sample, "hex"));
    }
    for (let count = 0; count < 100; count++) {
      const noise = Buffer.from(Array.from({ length: 200 }, () => Math.floor(draw() * 256)));
      await throwAt(server.clientPort, noise);
      await throwAt(server.clientPort, Buffer.concat([sessionRequest(), noise]));
    }
    await expectService();
  }, 60_000);

  test("who promises a megabyte and sends a byte at a time is not waited for", async () => {
    const slow = await Promise.all(Array.from({ length: 50 }, () => opened(server.clientPort)));
    for (const socket of slow) socket.write(Buffer.from("000f0000", "hex"));
    for (let count = 0; count < 20; count++) {
      for (const socket of slow) socket.write("x");
      await sleep(10);
    }
    await expectService();
    for (const socket of slow) socket.destroy();
  }, 60_000);

  test("a frame in segments of one byte is a frame", async () => {
    const socket = await opened(server.clientPort);
    const answer = new Promise<number>((resolve) => {
      let length = 0;
      socket.on("data", (chunk: Buffer) => {
        length += chunk.length;
        if (length >= 41 + 4 + 16 + 68) resolve(length);
      });
    });
    for (const byte of Buffer.concat([
      sessionRequest(),
      request({ kind: "exists", path: "/", watch: false }),
    ])) {
      await new Promise((done) => socket.write(Buffer.of(byte), done));
    }
    expect(await answer).toBe(41 + 4 + 16 + 68);
    socket.destroy();
  }, 60_000);

  test("those that ask for much and never read cost little, and others are served meanwhile", async () => {
    const beforeMb = rssMb(server);
    const asked = Buffer.concat([
      sessionRequest(),
      ...Array.from({ length: 1000 }, () =>
        request({ kind: "getData", path: "/large", watch: false }),
      ),
    ]);
    const greedy = await Promise.all(Array.from({ length: 40 }, () => opened(server.clientPort)));
    for (const socket of greedy) {
      socket.pause();
      socket.write(asked);
    }
    for (let count = 0; count < 20; count++) {
      await expectService();
      await sleep(50);
    }
    expect(rssMb(server) - beforeMb).toBeLessThan(RSS_GROWTH_MAX_MB);
    for (const socket of greedy) socket.destroy();
  }, 120_000);

  test("one that asks for a gigabyte at once, and reads, gets all of it", async () => {
    const beforeMb = rssMb(server);
    const count = 300;
    const socket = await opened(server.clientPort);
    const all = new Promise<number>((resolve) => {
      let bytes = 0;
      const wanted = 41 + count * (4 + 16 + 4 + LARGE_BYTES + 68);
      socket.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes >= wanted) resolve(bytes - wanted);
      });
      socket.on("close", () => resolve(-1));
    });
    const asked = Array.from({ length: count }, () =>
      request({ kind: "getData", path: "/large", watch: false }),
    );
    socket.write(Buffer.concat([sessionRequest(), ...asked]));
    expect(await all).toBe(0);
    socket.destroy();
    expect(rssMb(server) - beforeMb).toBeLessThan(RSS_GROWTH_MAX_MB);
  }, 120_000);

  test("watchers that never read do not hold up who fires their watches", async () => {
    const watching = request({ kind: "addWatch", path: "/witness", mode: 1 });
    const watchers = await Promise.all(Array.from({ length: 40 }, () => opened(server.clientPort)));
    for (const socket of watchers) {
      socket.pause();
      socket.write(Buffer.concat([sessionRequest(), watching]));
    }
    await sleep(200);
    for (let count = 0; count < 300; count++) await expectService();
    for (const socket of watchers) socket.destroy();
  }, 120_000);

  test("connections beyond the limit are closed, and those that came and went leave nothing", async () => {
    const flood = await Promise.all(Array.from({ length: 300 }, () => opened(server.clientPort)));
    await expectService();
    await untilTrue(() => flood.filter((socket) => socket.destroyed).length >= 200);
    for (const socket of flood) socket.destroy();
    await untilTrue(async () => (await monitored(server, "num_alive_connections")) <= 2);

    const descriptors = await monitored(server, "open_file_descriptor_count");
    for (let left = CONNECTS; left > 0; left -= 50) {
      const some = await Promise.all(Array.from({ length: 50 }, () => opened(server.clientPort)));
      for (const [index, socket] of some.entries()) {
        if (index % 2 === 0) socket.write(sessionRequest());
        if (index % 3 === 0) socket.end();
        else if (index % 3 === 1) socket.resetAndDestroy();
      }
      await sleep(5);
      for (const socket of some) socket.destroy();
    }
    await expectService();
    await untilTrue(async () => (await monitored(server, "num_alive_connections")) <= 2);
    expect(await monitored(server, "open_file_descriptor_count")).toBeLessThanOrEqual(
      descriptors + 5,
    );
  }, 120_000);

  test("a four-letter word may come in pieces, and its answer be waited for with the other half closed", async () => {
    const socket = await opened(server.clientPort);
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString()));
    const over = new Promise((done) => socket.once("close", done));
    for (const piece of ["d", "ir"]) {
      socket.write(piece);
      await sleep(20);
    }
    socket.end("s");
    await over;
    expect(text).toContain("datadir_size");
  }, 60_000);

  test("garbage and slow heads at the AdminServer keep nobody from it", async () => {
    const slow = await Promise.all(Array.from({ length: 30 }, () => opened(adminPort)));
    for (const socket of slow) socket.write("GET /commands/ruok HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    const garbage = [
      "\0\0\0\0",
      "GET\r\n\r\n",
      "POST /commands HTTP/1.1\r\nContent-Length: 99999999\r\n\r\nx",
    ];
    garbage.push(
      `GET /${"a".repeat(100_000)} HTTP/1.1\r\n\r\n`,
      "GET /commands/%ff%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    );
    for (const sample of garbage) await throwAt(adminPort, Buffer.from(sample));

    const answer = await fetch(`http://127.0.0.1:${adminPort}/commands/ruok`);
    expect(await answer.json()).toMatchObject({ command: "ruok", error: null });
    for (const socket of slow) socket.destroy();
    await expectService();
  }, 60_000);

  test("damaged frames over live connections leave a server that comes back with the same tree", async () => {
    const draw = seedrandom("damaged");
    const ops = fuzzedOps();
    let socket: Socket | null = null;
    for (let sent = 0; sent < FRAMES;) {
      if (socket === null || socket.destroyed) {
        socket = await opened(server.clientPort);
        socket.write(sessionRequest());
        socket.resume();
      }
      const batch: Buffer[] = [];
      for (let count = 0; count < 20; count++, sent++) batch.push(damaged(pick(ops, draw), draw));
      await new Promise((done) => socket?.write(Buffer.concat(batch), done));
      if (sent % 400 === 0) await expectService();
    }
    socket?.destroy();
    await expectService();
    await untilTrue(async () => (await monitored(server, "global_sessions")) === 1);
    const before = await treeOf(server);
    witness.hangUp();
    expect(await server.stop()).toBe(143);
    server = spawnZootrope(plan);
    await untilServing(server);
    expect(await treeOf(server)).toBe(before);
    witness = await rawClient(server.clientPort);
    await expectService();
    expect(readFileSync(join(server.dir, "server.log"), "utf8")).not.toContain("unrecoverable");
  }, 600_000);
});

describe.skipIf(NO_BUILD !== null)("a disk that is full", () => {
  test("ends the server with one line, and nothing acknowledged is lost", async () => {
    const [clientPort = 0] = await freePorts(1);
    const plan = { dir: join(dir, "full"), clientPort, properties: ["zookeeper.preAllocSize=64"] };
    const first = spawnZootrope(plan);
    await untilServing(first);
    await first.stop();

    // No file may be longer than half a megabyte: the log cannot grow beyond it.
    const config = join(plan.dir, "zoo.cfg");
    const line = `ulimit -f 512; exec ${process.execPath} ${COMMAND} server start-foreground ${config}`;
    const env = { ...process.env, SERVER_JVMFLAGS: "-Dzookeeper.preAllocSize=64" };
    const limited = spawn("bash", ["-c", line], { stdio: ["ignore", "pipe", "pipe"], env });
    let said = "";
    limited.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    limited.stderr.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const code = new Promise<number | null>((resolve) => limited.once("exit", resolve));
    await untilTrue(async () => (await ask(clientPort, "ruok").catch(() => "")) === "imok");

    const client = await rawClient(clientPort);
    let acknowledged = 0;
    try {
      for (; acknowledged < 1000; acknowledged++) {
        const data = new Uint8Array(10_000);
        await client.ask({
          kind: "create",
          type: 1,
          path: `/n${acknowledged}`,
          data,
          acl: OPEN_ACL,
          flags: 0,
          ttlMs: -1,
        });
      }
    } catch {
      // the server hung up
    }
    expect(await code).toBe(1);
    expect(acknowledged).toBeGreaterThan(5);
    expect(acknowledged).toBeLessThan(1000);
    expect(
      said.split("\n").filter((text) => text.includes("EFBIG") || text.includes("ENOSPC")),
    ).toHaveLength(1);

    const again = spawnZootrope(plan);
    await untilServing(again);
    const reader = await rawClient(clientPort);
    for (let index = 0; index < acknowledged; index++) {
      expect((await reader.ask({ kind: "exists", path: `/n${index}`, watch: false })).err).toBe(0);
    }
    reader.hangUp();
    await again.stop();
  }, 120_000);
});

test.skipIf(NO_BUILD !== null)(
  "what nobody catches ends the process with code 1, and says where",
  async () => {
    const [clientPort = 0] = await freePorts(1);
    const plan = { dir: join(dir, "bug"), clientPort };
    const bug = "data:text/javascript,setTimeout(()=>{throw new Error('a bug')},4000)";
    const server = ["server", "start-foreground", writeConfig(plan)];
    const child = spawn(process.execPath, ["--import", bug, COMMAND, ...server]);
    let said = "";
    child.stdout.on("data", (chunk: Buffer) => (said += chunk.toString()));
    const code = await new Promise<number | null>((resolve) => child.once("exit", resolve));

    expect(code).toBe(1);
    expect(said).toContain("Severe unrecoverable error, exiting: Error: a bug");
  },
  60_000,
);

describe("an ensemble among strangers", () => {
  test("elects, serves and keeps its leader, whoever talks at its ports", async () => {
    const [a = 0, b = 0, c = 0, ...rest] = await freePorts(9);
    const clientPorts = [a, b, c];
    const lines = clientPorts.map(
      (_, index) => `server.${index + 1}=127.0.0.1:${rest[2 * index]}:${rest[2 * index + 1]}`,
    );
    const startMember = (index: number): Promise<ServerHere> =>
      startHere({
        dir: join(dir, `member${index + 1}`),
        clientPort: clientPorts[index] ?? 0,
        myid: index + 1,
        lines: ["initLimit=5", "syncLimit=2", ...lines],
      });
    const draw = seedrandom("strangers");
    const spray = async (): Promise<void> => {
      const strangers = strangersBytes(draw);
      await Promise.all(rest.flatMap((port) => strangers.map((bytes) => throwAt(port, bytes))));
    };

    const members = [await startMember(0)];
    await spray();
    members.push(await startMember(1), await startMember(2));
    await spray();
    await untilTrue(async () => (await modes(clientPorts)).includes("leader"), 60_000);
    await untilTrue(async () => !(await modes(clientPorts)).includes(""), 60_000);
    const before = await modes(clientPorts);
    const client = await rawClient(a);
    for (let round = 0; round < 10; round++) {
      await spray();
      const { err } = await client.ask(create(`/r${round}`));
      expect(err).toBe(0);
    }
    await sleep(500);

    expect(await modes(clientPorts)).toEqual(before);
    client.hangUp();
    for (const member of members) await member.stop();
  }, 180_000);
});

/** What strangers say at election and quorum ports. */
function strangersBytes(draw: () => number): Buffer[] {
  const written = (write: (writer: JuteWriter) => void): Buffer => {
    const writer = new JuteWriter();
    write(writer);
    return Buffer.from(writer.toBytes());
  };
  const hello = (sid: number, address: string): Buffer =>
    written((writer) => {
      writeHello(writer, { kind: "hello", sid, address });
      writeNotification(writer, ballot(sid, { round: 1 }));
    });
  const packets = (...said: QuorumPacket[]): Buffer =>
    written((writer) => {
      for (const packet of said) writeQuorumPacket(writer, packet);
    });
  const stranger = {
    kind: "FOLLOWERINFO",
    zxid: 0n as Zxid,
    sid: 99,
    configVersion: 0n as Zxid,
  } as const;
  const noise = Buffer.from(Array.from({ length: 300 }, () => Math.floor(draw() * 256)));
  return [
    noise,
    hello(Number.MAX_SAFE_INTEGER, "127.0.0.1:1"),
    hello(77, "127.0.0.1:1"),
    hello(-3, "nowhere"),
    hello(0, ":99999"),
    hello(1, "127.0.0.1:1").subarray(0, 11),
    Buffer.concat([Buffer.from("ffffffffffff0007", "hex"), noise]),
    Buffer.from("000000000000004d7fffffff", "hex"),
    packets({ ...stranger, zxid: (0x7fff_ffffn << 32n) as Zxid }),
    packets(
      stranger,
      { kind: "ACKEPOCH", zxid: 0n as Zxid, epoch: 0 },
      { kind: "ACK", zxid: 0n as Zxid },
    ),
    packets({ kind: "PING", zxid: 0n as Zxid, sessions: [] }),
    Buffer.concat([packets(stranger), noise]),
    Buffer.from("0000000b00000000000000007fffffff", "hex"),
  ];
}

function fuzzedOps(): Operation[] {
  const path = "/fuzz";
  return [
    create(path),
    create(`${path}/child`, 3),
    create(`${path}/passing`, 1),
    setData(path),
    { kind: "getData", path, watch: true },
    { kind: "exists", path: `${path}/x`, watch: true },
    { kind: "getChildren", type: 12, path: "/", watch: true },
    { kind: "delete", path, version: -1 },
    { kind: "setAcl", path, acl: OPEN_ACL, version: -1 },
    { kind: "getAcl", path },
    { kind: "multi", ops: [create(`${path}/m`), setData(path)] as never },
    { kind: "multiRead", ops: [{ kind: "getData", path, watch: false }] },
    {
      kind: "setWatches",
      type: 101,
      relativeZxid: 0n as Zxid,
      data: [path],
      exist: ["/no"],
      child: ["/"],
      persistent: [],
      recursive: [],
    },
    { kind: "addWatch", path, mode: 1 },
    { kind: "removeWatches", path, type: 3 },
    { kind: "sync", path },
    { kind: "auth", scheme: "digest", auth: new TextEncoder().encode("me:secret") },
    { kind: "reconfig", joining: "server.9=x:1:2", leaving: null, members: null, fromVersion: -1n },
    { kind: "getEphemerals", prefix: "/" },
    { kind: "getAllChildrenNumber", path: "/" },
    { kind: "whoAmI" },
    { kind: "ping" },
  ];
}

/** A request of which a few bytes are others; its length is that of what is sent, but for now and then. */
function damaged(op: Operation, draw: () => number): Buffer {
  const bytes = request(op);
  const from = draw() < 0.01 ? 0 : 4;
  for (let left = Math.floor(draw() * 4); left > 0; left--) {
    const at = from + Math.floor(draw() * (bytes.length - from));
    bytes[at] = pick([0, 1, 0x7f, 0x80, 0xff, Math.floor(draw() * 256)], draw);
  }
  return bytes;
}

function request(op: Operation): Buffer {
  const writer = new JuteWriter();
  writeClientToServer(writer, { kind: "request", xid: 1, op });
  return Buffer.from(writer.toBytes());
}

function sessionRequest(): Buffer {
  const frame = Buffer.alloc(4 + 45);
  frame.writeInt32BE(45, 0);
  frame.writeInt32BE(4000, 16);
  frame.writeInt32BE(16, 28);
  return frame;
}

function opened(port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    socket.once("connect", () => resolve(socket));
    socket.once("error", reject);
    socket.on("error", () => {});
  });
}

/** Sends bytes and goes away, or is sent away. */
async function throwAt(port: number, bytes: Uint8Array): Promise<void> {
  const socket = await opened(port).catch(() => null);
  if (socket === null) return;
  socket.resume();
  const over = new Promise((done) => socket.once("close", done));
  await new Promise((done) => socket.write(bytes, done));
  await Promise.race([over, sleep(20)]);
  socket.destroy();
  await over;
}

function rssMb({ pid }: LiveServer): number {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  return Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1]) / 1024;
}

async function monitored(server: LiveServer, name: string): Promise<number> {
  const answer = await ask(server.clientPort, "mntr");
  return Number(new RegExp(`^zk_${name}\t(.*)$`, "m").exec(answer)?.[1]);
}

/** The last transaction and the number of znodes. */
async function treeOf(server: LiveServer): Promise<string> {
  const answer = await ask(server.clientPort, "srvr");
  return (answer.match(/^(Zxid|Node count): .*$/gm) ?? []).join(", ");
}

async function modes(ports: readonly number[]): Promise<string[]> {
  const answers = await Promise.all(ports.map((port) => ask(port, "srvr").catch(() => "")));
  return answers.map((answer) => /^Mode: (.*)$/m.exec(answer)?.[1] ?? "");
}

async function untilTrue(
  holds: () => boolean | Promise<boolean>,
  limitMs: number = 30_000,
): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within ${limitMs} ms: ${String(holds)}`);
    await sleep(50);
  }
}

function pick<T>(from: readonly T[], draw: () => number): T {
  return from[Math.floor(draw() * from.length)] as T;
}
