import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  apacheClassPath,
  freePorts,
  NO_APACHE,
  spawnApache,
  spawnZootrope,
  untilServing,
  type LiveServer,
  type ServerPlan,
} from "../../test/support/apache.ts";
import { median } from "../median.ts";

/**
 * `npm run bench:live [-- ROUNDS]`: Apache ZooKeeper and ours in turn on one machine under the same load, the stock Java
 * client's asynchronous API: three clients with 64 requests of 100 bytes in flight each, every write synced to disk.
 * Standalone, and three servers with a client at each; how long they take to start; and a server that only parses
 * frames, syncs and answers, as the limit to come close to. Ratios are medians over the rounds. Needs a JDK.
 *
 * The client has two transports. NIO, its default, makes two system calls for each answer it reads, and takes more of
 * two cores than any server leaves it; with Netty it is the servers that are compared. Standalone is measured with both.
 */
type Side = "apache" | "zootrope" | "bare";
type Kind = "write" | "read" | "mixed";

type Transport = "NIO" | "Netty";
type Setup = { readonly size: number; readonly transport: Transport };

type Figures = {
  readonly perSecond: Readonly<Record<Kind, number>>;
  readonly p99Us: Readonly<Record<Kind, number>>;
  /** ms from the start of the first process until all of them serve. */
  readonly startMs: number;
  /** Of the largest process, after the load. */
  readonly residentMb: number;
  /** s of CPU of all processes. */
  readonly cpuSeconds: number;
};

const SETUPS: readonly Setup[] = [
  { size: 1, transport: "NIO" },
  { size: 1, transport: "Netty" },
  { size: 3, transport: "NIO" },
];
const KINDS: readonly Kind[] = ["write", "read", "mixed"];
const CLIENTS = 3;
const IN_FLIGHT = 64;
const DATA_BYTES = 100;
const WARM_UP_SECONDS = 3;
const MEASURED_SECONDS = 5;
const TICKS_PER_SECOND = 100;

const scratch = mkdtempSync(join(tmpdir(), "zootrope-bench-"));
process.once("exit", () => {
  rmSync(scratch, { recursive: true, force: true });
});

if (NO_APACHE === null) await main(Number(process.argv[2] ?? 3));
else {
  console.error(NO_APACHE);
  process.exitCode = 1;
}

async function main(rounds: number): Promise<void> {
  compileLoad();
  for (const setup of SETUPS) {
    const sides: readonly Side[] =
      setup.size === 1 ? ["apache", "zootrope", "bare"] : ["apache", "zootrope"];
    const figures: Record<Side, Figures[]> = { apache: [], zootrope: [], bare: [] };
    for (let round = 0; round < rounds; round++) {
      for (const side of sides) {
        process.stderr.write(`${titleOf(setup)}, round ${round + 1}: ${side} …\n`);
        figures[side].push(await measure(side, setup));
      }
    }
    report(setup, figures);
  }
}

function compileLoad(): void {
  const source = fileURLToPath(new URL("../../../bench/live/Load.java", import.meta.url));
  const made = spawnSync("javac", ["-cp", apacheClassPath(), "-d", scratch, source]);
  if (made.status !== 0) throw new Error(`javac: ${made.stderr?.toString() ?? "is not installed"}`);
}

function titleOf({ size, transport }: Setup): string {
  return `${size === 1 ? "standalone" : "three servers"}, clients on ${transport}`;
}

async function measure(side: Side, { size, transport }: Setup): Promise<Figures> {
  const dir = mkdtempSync(join(scratch, `${side}-`));
  const beganMs = performance.now();
  const servers = await startAll(side, size, dir);
  const startMs = performance.now() - beganMs;
  try {
    const kinds = side === "bare" ? (["write", "read"] as const) : KINDS;
    const lines = await load(
      servers.map(({ clientPort }) => clientPort),
      kinds,
      transport,
    );
    return {
      perSecond: valuesOf(lines, "perSecond"),
      p99Us: valuesOf(lines, "p99Us"),
      startMs,
      residentMb: Math.max(...servers.map(residentMb)),
      cpuSeconds: servers.reduce((sum, server) => sum + cpuSeconds(server), 0),
    };
  } finally {
    for (const server of servers) await server.stop("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  }
}

async function startAll(side: Side, size: number, dir: string): Promise<LiveServer[]> {
  const ports = await freePorts(3 * size);
  if (side === "bare") return [await startBare(dir, ports[0] ?? 0)];
  const plans = Array.from({ length: size }, (_, index) => planOf(dir, ports, index, size));
  const servers = plans.map((plan) =>
    side === "apache" ? spawnApache(plan) : spawnZootrope(plan),
  );
  for (const server of servers) await untilServing(server);
  return servers;
}

function planOf(dir: string, ports: readonly number[], index: number, size: number): ServerPlan {
  const clientPort = ports[index] ?? 0;
  const own = join(dir, `${index + 1}`);
  if (size === 1) return { dir: own, clientPort };
  const members = Array.from(
    { length: size },
    (_, i) => `server.${i + 1}=127.0.0.1:${ports[size + i]}:${ports[2 * size + i]}`,
  );
  return {
    dir: own,
    clientPort,
    myid: index + 1,
    lines: ["initLimit=10", "syncLimit=5", ...members],
  };
}

function startBare(dir: string, clientPort: number): Promise<LiveServer> {
  const script = fileURLToPath(new URL("bare.js", import.meta.url));
  const child = spawn(process.execPath, [script, String(clientPort), join(dir, "log")]);
  const exited = new Promise<number | null>((resolve) => child.once("exit", resolve));
  return new Promise((resolve) => {
    child.stdout.once("data", () => {
      const stop = (): Promise<number | null> => {
        child.kill("SIGKILL");
        return exited;
      };
      resolve({ pid: child.pid ?? 0, clientPort, dir, exited, stop });
    });
  });
}

type Line = {
  readonly kind: Kind;
  readonly perSecond: number;
  readonly p99Us: number;
  readonly failed: number;
};

/** Runs the load, a client at each port in turn, and returns its figures. */
async function load(
  ports: readonly number[],
  kinds: readonly Kind[],
  transport: Transport,
): Promise<Line[]> {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join("/");
  const numbers = [CLIENTS, IN_FLIGHT, DATA_BYTES, WARM_UP_SECONDS, MEASURED_SECONDS].map(String);
  const classPath = `${apacheClassPath(true)}:${scratch}`;
  const socket = `-Dzookeeper.clientCnxnSocket=org.apache.zookeeper.ClientCnxnSocket${transport}`;
  const words = [socket, "-cp", classPath, "Load", hosts, ...numbers, kinds.join(",")];
  const child = spawn("java", words);
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  await new Promise((done) => child.once("exit", done));
  const lines = text
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Line);
  const bad = lines.find(({ failed }) => failed > 0);
  if (lines.length !== kinds.length || bad !== undefined)
    throw new Error(`the load failed: ${text}`);
  return lines;
}

function valuesOf(lines: readonly Line[], field: "perSecond" | "p99Us"): Record<Kind, number> {
  const values = { write: 0, read: 0, mixed: 0 };
  for (const line of lines) values[line.kind] = line[field];
  return values;
}

function residentMb({ pid }: LiveServer): number {
  const kib = /^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
  return Number(kib ?? 0) / 1024;
}

function cpuSeconds({ pid }: LiveServer): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function report(setup: Setup, figures: Readonly<Record<Side, readonly Figures[]>>): void {
  const { size } = setup;
  const bars = size === 1 ? { write: 2, read: 3.5, mixed: 0 } : { write: 3, read: 3, mixed: 3 };
  console.log(`\n${titleOf(setup)}`);
  console.log(
    `${"".padEnd(16)}${"Apache".padStart(12)}${"Zootrope".padStart(12)}${"ratio".padStart(9)}  bar`,
  );
  for (const kind of KINDS) {
    const rate = (side: Side): number =>
      median(figures[side].map(({ perSecond }) => perSecond[kind]));
    const ratio = ratioOf(figures, (each) => each.perSecond[kind]);
    line(
      `${kind}s/s`,
      rate("apache"),
      rate("zootrope"),
      ratio,
      bars[kind] === 0 ? "" : `≥ ${bars[kind]}`,
    );
    const p99 = (side: Side): number =>
      median(figures[side].map(({ p99Us }) => p99Us[kind])) / 1000;
    line(
      `${kind} p99, ms`,
      p99("apache"),
      p99("zootrope"),
      ratioOf(figures, (each) => each.p99Us[kind]),
      "< 1",
    );
  }
  const row = (name: string, pick: (each: Figures) => number, bar: string): void => {
    const value = (side: Side): number => median(figures[side].map(pick));
    line(name, value("apache"), value("zootrope"), ratioOf(figures, pick), bar);
  };
  row("resident, MB", (each) => each.residentMb, "≤ 0.33");
  row("CPU, s", (each) => each.cpuSeconds, "");
  row("start, ms", (each) => each.startMs, size === 1 ? "≤ 300 ms" : "≤ 700 ms");
  if (figures.bare.length === 0) return;
  const bare = (kind: Kind): number => median(figures.bare.map(({ perSecond }) => perSecond[kind]));
  const ours = (kind: Kind): number =>
    median(figures.zootrope.map(({ perSecond }) => perSecond[kind]));
  for (const kind of ["write", "read"] as const) {
    console.log(
      `bare server, ${kind}s/s: ${Math.round(bare(kind)).toLocaleString("en")}; ours reaches ${Math.round((100 * ours(kind)) / bare(kind))} % of it`,
    );
  }
}

/** The median of the rounds' ratios, ours over Apache's: both sides of one are measured right after each other. */
function ratioOf(
  figures: Readonly<Record<Side, readonly Figures[]>>,
  pick: (each: Figures) => number,
): number {
  return median(figures.zootrope.map((ours, i) => pick(ours) / pick(figures.apache[i] as Figures)));
}

function line(name: string, apache: number, zootrope: number, ratio: number, bar: string): void {
  const text = (value: number): string =>
    (value >= 100 ? Math.round(value) : Math.round(value * 10) / 10)
      .toLocaleString("en")
      .padStart(12);
  console.log(
    `${name.padEnd(16)}${text(apache)}${text(zootrope)}${ratio.toFixed(2).padStart(9)}  ${bar}`,
  );
}
