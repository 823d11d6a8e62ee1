import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { scratchDirectory } from "../support/scratch.ts";

// Spec client-protocol 12.3. The lines and codes are those that zkServer.sh 3.8.0 gave.

const PROGRAM = ["--import", "tsx", resolve("cli/main.ts"), "server"];

type Said = { readonly code: number | null; readonly out: string; readonly err: string };

/** Runs `zootrope server …` in `directory`, whose conf/zoo.cfg is the default. */
function server(directory: string, ...words: string[]): Promise<Said> {
  const child = spawn(process.execPath, [...PROGRAM, ...words], {
    env: {
      ...process.env,
      ZOOCFGDIR: join(directory, "conf"),
      ZOO_LOG_DIR: join(directory, "logs"),
      USER: "zk",
    },
  });
  const said = { out: "", err: "" };
  child.stdout.setEncoding("utf8").on("data", (text: string) => (said.out += text));
  child.stderr.setEncoding("utf8").on("data", (text: string) => (said.err += text));
  return new Promise((done) => child.on("close", (code) => done({ code, ...said })));
}

function confined(cfg: string): { readonly "conf/zoo.cfg": string } {
  return { "conf/zoo.cfg": cfg };
}

async function freePort(): Promise<number> {
  const holder = createServer().listen(0, "127.0.0.1");
  await new Promise((done) => holder.once("listening", done));
  const address = holder.address();
  await new Promise((done) => holder.close(done));
  return typeof address === "object" && address !== null ? address.port : 0;
}

async function alone(): Promise<{ readonly directory: string; readonly port: number }> {
  const port = await freePort();
  const directory = scratchDirectory();
  const cfg = `dataDir=${directory}/data\nclientPort=${port}\nclientPortAddress=127.0.0.1\nadmin.enableServer=false\n`;
  return { directory: scratchDirectory(confined(cfg)), port };
}

function isAtWork(pid: number): boolean {
  try {
    return !readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ");
  } catch {
    return false;
  }
}

const SLOW_MS = 60_000;

test(
  "version names the release whose behaviour it is, and itself",
  async () => {
    const { code, out } = await server(scratchDirectory(), "version");

    expect(code).toBe(0);
    expect(out).toMatch(/^Apache ZooKeeper, version 3\.8\.0 \(Zootrope \d+\.\d+\.\d+\)\n$/);
  },
  SLOW_MS,
);

test(
  "a server that is not there is neither stopped nor asked",
  async () => {
    const { directory, port } = await alone();

    const stop = await server(directory, "stop");
    const status = await server(directory, "status");

    expect(stop).toMatchObject({ code: 0 });
    expect(stop.out).toMatch(
      /^Stopping zookeeper \.\.\. no zookeeper to stop \(could not find file .*\/data\/zookeeper_server\.pid\)\n$/,
    );
    expect(status).toMatchObject({
      code: 1,
      out: `Client port found: ${port}. Client address: 127.0.0.1. Client SSL: false.\nError contacting service. It is probably not running.\n`,
    });
  },
  SLOW_MS,
);

test(
  "start leaves a process that stop ends, and is refused a second time",
  async () => {
    const { directory } = await alone();

    const started = await server(directory, "start");
    const pidFile = join(dataDirOf(directory), "zookeeper_server.pid");
    const pid = readFileSync(pidFile, "utf8");
    const again = await server(directory, "start");
    const stopped = await server(directory, "stop");

    expect(started).toMatchObject({ code: 0, out: "Starting zookeeper ... STARTED\n" });
    expect(again).toMatchObject({
      code: 1,
      out: `Starting zookeeper ... already running as process ${pid}.\n`,
    });
    expect(stopped).toMatchObject({ code: 0, out: "Stopping zookeeper ... STOPPED\n" });
    expect(existsSync(pidFile)).toBe(false);
    // Where nobody asks for it at once, the process is still listed; but it does nothing any more.
    expect(isAtWork(Number(pid))).toBe(false);
  },
  SLOW_MS,
);

test(
  "a configuration that cannot be is one line, code 2 in the foreground and 1 for start",
  async () => {
    const directory = scratchDirectory(confined("dataDir=/d\ntickTime=2s\n"));
    const line = `${directory}/conf/zoo.cfg:2: tickTime: expected a whole number of ms, found "2s"\n`;

    const foreground = await server(directory, "start-foreground");
    const started = await server(directory, "start");

    expect(foreground.code).toBe(2);
    expect(foreground.err).toContain(line);
    expect(foreground.out).toMatch(
      /ERROR \[main:QuorumPeerMain@\d+\] - Invalid config, exiting abnormally\n$/,
    );
    expect(started).toMatchObject({ code: 1, out: "Starting zookeeper ... FAILED TO START\n" });
    expect(started.err).toContain(line);
  },
  SLOW_MS,
);

test(
  "a taken client port is said, and ends the process with code 1",
  async () => {
    const { directory, port } = await alone();
    const holder = createServer().listen(port, "127.0.0.1");
    await new Promise((done) => holder.once("listening", done));

    const { code, err } = await server(directory, "start-foreground");
    holder.close();

    expect(code).toBe(1);
    expect(err).toContain(`address already in use 127.0.0.1:${port}`);
  },
  SLOW_MS,
);

test(
  "logs among snapshots are refused with code 3",
  async () => {
    const directory = scratchDirectory({ "data/version-2/log.1": "" });
    const other = scratchDirectory(
      confined(`dataDir=${directory}/data\ndataLogDir=${directory}/log\nclientPort=1\n`),
    );

    const { code, err } = await server(other, "start-foreground");

    expect(code).toBe(3);
    expect(err).toContain(
      "Snapshot directory has log files. Check if dataLogDir and dataDir configuration is correct.",
    );
  },
  SLOW_MS,
);

function dataDirOf(directory: string): string {
  const cfg = readFileSync(join(directory, "conf/zoo.cfg"), "utf8");
  return /dataDir=(.*)/.exec(cfg)?.[1] ?? "";
}
