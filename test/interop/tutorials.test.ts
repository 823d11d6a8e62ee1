import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { historyFiles } from "../../runner/history-files.ts";
import {
  ask,
  freePorts,
  modeOf,
  sleep,
  spawnZootrope,
  untilServing,
  ZOOTROPE,
  type LiveServer,
} from "../support/apache.ts";
import { runProgram, type Said } from "../support/program.ts";
import { rawClient } from "../support/raw-client.ts";
import { create } from "../support/roles.ts";
import { scratchDirectory } from "../support/scratch.ts";

/** What ZooKeeper's tutorials do with servers, done with processes of ours, and what they say must be seen. */

const NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n";
const NO_STATUS = "Error contacting service. It is probably not running.\n";

describe("three servers on one machine", { timeout: 120_000 }, () => {
  test("the first stays LOOKING and goes on trying; with the others there, the third is elected", async () => {
    const ports = await freePorts(9);
    const members = memberLines(ports);
    // As the tutorial's first server was found: transactions up to zxid 0x1a00000006.
    const history = { lastZxids: [0x1a00000006n], acceptedEpoch: 0x1a, currentEpoch: 0x1a };
    const spawn = (sid: number): LiveServer => {
      const dir = scratchDirectory();
      mkdirSync(join(dir, "version-2"));
      for (const { name, bytes } of historyFiles({ sid, ...history })) {
        writeFileSync(join(dir, "version-2", name), bytes);
      }
      return member(sid, dir, ports[sid + 5] ?? 0, ["initLimit=10", "syncLimit=5", ...members]);
    };

    const first = spawn(1);
    await until(async () => (await ask(first.clientPort, "srvr")) === NOT_SERVING);
    // Some rounds of waiting later it is no further.
    await sleep(1500);
    expect(await ask(first.clientPort, "srvr")).toBe(NOT_SERVING);
    expect(logOf(first)).not.toMatch(/LEADING|FOLLOWING/);

    const third = spawn(3);
    await untilServing(third);
    const second = spawn(2);
    await untilServing(second);
    await untilServing(first);

    expect(await Promise.all([first, second, third].map(modeOf))).toEqual([
      "follower",
      "follower",
      "leader",
    ]);
    expect(logOf(first)).toMatch(
      /Notification: my state:LOOKING; n\.sid:3, n\.state:LOOKING, n\.leader:3, n\.round:0x1, n\.peerEpoch:0x1a, n\.zxid:0x1a00000006, message format version:0x2, n\.config version:0x0/,
    );
    expect(logOf(first)).toContain("FOLLOWING");
    // An epoch has begun, and nothing has happened in it.
    expect(await ask(third.clientPort, "srvr")).toContain("Zxid: 0x1b00000000");
    expect(await ask(first.clientPort, "srvr")).toContain("Zxid: 0x1a00000006");
  });
});

describe("five servers, started one after another", { timeout: 180_000 }, () => {
  test("the third leads; three are enough and two are not", async () => {
    const ports = await freePorts(15);
    const sids = [100, 101, 102, 103, 104];
    const members = sids.map(
      (sid, index) => `server.${sid}=127.0.0.1:${ports[index]}:${ports[index + 5]}`,
    );
    const homes = sids.map((sid, index) => {
      const cfg = [
        "tickTime=2000",
        "initLimit=5",
        "syncLimit=2",
        "dataDir=DATA",
        `clientPort=${ports[index + 10]}`,
        "clientPortAddress=127.0.0.1",
        "admin.enableServer=false",
        ...members,
      ];
      return home(cfg, sid);
    });
    const say = (index: number, verb: string): Promise<Said> => server(homes[index] ?? "", verb);
    const status = async (index: number): Promise<string> => {
      const { out } = await say(index, "status");
      return out.slice(out.indexOf("\n") + 1);
    };
    const is = async (index: number, mode: string | null): Promise<void> => {
      await until(async () => (await modeAt(ports[index + 10] ?? 0)) === mode);
    };

    for (const index of [0, 1]) {
      expect(await say(index, "start")).toMatchObject({
        code: 0,
        out: "Starting zookeeper ... STARTED\n",
      });
      expect(await status(index)).toBe(NO_STATUS);
    }
    await say(2, "start");
    await is(2, "leader");
    expect(await status(2)).toBe("Mode: leader\n");
    for (const index of [3, 4]) {
      await say(index, "start");
      await is(index, "follower");
    }
    expect(await status(3)).toBe("Mode: follower\n");

    for (const index of [0, 1]) {
      expect((await say(index, "stop")).out).toBe("Stopping zookeeper ... STOPPED\n");
    }
    const client = await rawClient(ports[14] ?? 0);
    expect(await client.ask(create("/three-of-five"))).toMatchObject({ err: 0 });
    client.hangUp();

    await say(3, "stop");
    await is(4, null);
    expect(await status(2)).toBe(NO_STATUS);

    await say(0, "start");
    for (const index of [0, 2, 4]) {
      await until(async () => (await modeAt(ports[index + 10] ?? 0)) !== null);
    }
  });
});

describe("one server", { timeout: 120_000 }, () => {
  test("serves alone, and says so", async () => {
    const [clientPort = 0] = await freePorts(1);
    const directory = home(aloneLines(clientPort));

    await server(directory, "start");
    await until(async () => (await server(directory, "status")).out.endsWith("Mode: standalone\n"));
    expect((await server(directory, "start")).out).toMatch(
      /^Starting zookeeper \.\.\. already running as process \d+\.\n$/,
    );
    await server(directory, "stop");

    expect((await server(directory, "status")).out.endsWith(NO_STATUS)).toBe(true);
  });

  test("does not start where its client port is taken, and touches nothing", async () => {
    const [clientPort = 0] = await freePorts(1);
    const holder = await holds(clientPort);
    const directory = home(aloneLines(clientPort));

    const { code, out, err } = await server(directory, "start-foreground");

    expect(code).toBe(1);
    expect(out).toContain("Unexpected exception, exiting abnormally");
    expect(err).toMatch(/address already in use 127\.0\.0\.1:\d+/);
    expect(filesBelow(join(directory, "data", "version-2"))).toEqual([]);
    expect(holder.listening).toBe(true);
  });

  test("keeps snapshots and logs apart, purges what is old, and still has everything", async () => {
    const [clientPort = 0] = await freePorts(1);
    const lines = [
      ...aloneLines(clientPort),
      "dataLogDir=LOGS",
      "autopurge.snapRetainCount=3",
      "autopurge.purgeInterval=1",
    ];
    const directory = home(lines);
    const [data, logs] = [join(directory, "data/version-2"), join(directory, "logs/version-2")];
    for (const name of readdirSync(ROLLED)) {
      cpSync(join(ROLLED, name), join(name.startsWith("log.") ? logs : data, name));
    }
    await server(directory, "start");
    await until(async () => (await ask(clientPort, "srvr")).includes("Mode: standalone"));
    const isOld = (name: string): boolean => OLD.includes(name);
    await until(() => ![...filesBelow(data), ...filesBelow(logs)].some(isOld));
    const znodes = nodeCount(await ask(clientPort, "srvr"));
    await server(directory, "stop");
    await server(directory, "start");
    await until(async () => (await ask(clientPort, "srvr")).includes("Mode: standalone"));

    expect(filesBelow(data)).toEqual(expect.arrayContaining(["snapshot.14d", "snapshot.19c"]));
    expect(filesBelow(logs)).toEqual(expect.arrayContaining(["log.14f", "log.19e"]));
    expect(nodeCount(await ask(clientPort, "srvr"))).toBe(znodes);
    await server(directory, "stop");
  });
});

const ROLLED = new URL("../golden/datadirs/rolled-snapshots/version-2", import.meta.url).pathname;

/** What three snapshots do not need: they are f9, 14d and 19c. */
const OLD = [
  "snapshot.0",
  "snapshot.3c",
  "snapshot.71",
  "snapshot.a7",
  "log.1",
  "log.3e",
  "log.73",
];

/** A member of an ensemble in the foreground, which goes with the test. */
function member(
  sid: number,
  dir: string,
  clientPort: number,
  lines: readonly string[],
): LiveServer {
  const live = spawnZootrope({ dir, clientPort, myid: sid, lines });
  onTestFinished(async () => void (await live.stop("SIGKILL")));
  return live;
}

function memberLines(ports: readonly number[]): string[] {
  return [1, 2, 3].map((sid) => `server.${sid}=127.0.0.1:${ports[sid - 1]}:${ports[sid + 2]}`);
}

function aloneLines(clientPort: number): string[] {
  return [
    "tickTime=2000",
    "dataDir=DATA",
    `clientPort=${clientPort}`,
    "clientPortAddress=127.0.0.1",
    "admin.enableServer=false",
    "4lw.commands.whitelist=*",
  ];
}

/** A directory with conf/zoo.cfg, where DATA and LOGS stand for directories in it. */
function home(lines: readonly string[], myid?: number): string {
  const directory = scratchDirectory();
  const text = lines
    .join("\n")
    .replace("DATA", `${directory}/data`)
    .replace("LOGS", `${directory}/logs`);
  mkdirSync(join(directory, "conf"));
  mkdirSync(join(directory, "data"));
  writeFileSync(join(directory, "conf/zoo.cfg"), `${text}\n`);
  if (myid !== undefined) writeFileSync(join(directory, "data/myid"), `${myid}\n`);
  onTestFinished(async () => void (await server(directory, "stop")));
  return directory;
}

/** `zootrope server VERB` with the configuration of a {@link home}. */
function server(directory: string, verb: string): Promise<Said> {
  const env = { ZOOCFGDIR: join(directory, "conf"), ZOO_LOG_DIR: join(directory, "out") };
  return runProgram(process.execPath, [...ZOOTROPE, "server", verb], [], env);
}

async function modeAt(clientPort: number): Promise<string | null> {
  const answer = await ask(clientPort, "srvr").catch(() => null);
  return answer === null ? null : (/^Mode: (.*)$/m.exec(answer)?.[1] ?? null);
}

function holds(port: number): Promise<Server> {
  const holder = createServer().listen(port, "127.0.0.1");
  onTestFinished(() => void holder.close());
  return new Promise((resolve) => {
    holder.once("listening", () => {
      resolve(holder);
    });
  });
}

function filesBelow(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function logOf({ dir }: LiveServer): string {
  return readFileSync(join(dir, "server.log"), "utf8");
}

function nodeCount(srvr: string): string | undefined {
  return /^Node count: \d+$/m.exec(srvr)?.[0];
}

async function until(isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  for (;;) {
    try {
      if (await isSo()) return;
    } catch {
      // Nobody answers yet.
    }
    if (Date.now() > deadline) throw new Error(`it never came to be: ${isSo.toString()}`);
    await sleep(50);
  }
}
