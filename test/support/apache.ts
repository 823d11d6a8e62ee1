import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createConnection, createServer } from "node:net";
import { join } from "node:path";

/** A server process that serves clients on a port of this machine. */
export type LiveServer = {
  readonly pid: number;
  readonly clientPort: number;
  /** Where it keeps its files; its own log is `server.log` in there. */
  readonly dir: string;
  /** The exit code, null for a signal. */
  readonly exited: Promise<number | null>;
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

export type ServerPlan = {
  readonly dir: string;
  readonly clientPort: number;
  /** More lines for zoo.cfg. */
  readonly lines?: readonly string[];
  readonly myid?: number;
  /** System properties, as `zookeeper.extendedTypesEnabled=true`. */
  readonly properties?: readonly string[];
  /** Start with the zoo.cfg that is there: the server has changed it. */
  readonly keepConfig?: boolean;
};

const JAVA_DIR = "/usr/share/java";
/** What a server needs; two more loggers on the path and it would say nothing at all. */
const JARS = [
  "zookeeper",
  "zookeeper-jute",
  "slf4j-api",
  "slf4j-log4j12",
  "log4j-1.2",
  "netty-buffer",
  "netty-codec",
  "netty-common",
  "netty-handler",
  "netty-resolver",
  "netty-transport",
  "netty-transport-native-epoll",
  "netty-transport-native-unix-common",
  "metrics-core",
  "snappy-java",
  "commons-cli",
  "commons-io",
  "commons-lang",
  "jetty9-server",
  "jetty9-servlet",
  "jetty9-http",
  "jetty9-io",
  "jetty9-util",
  "jetty9-util-ajax",
  "jetty9-security",
  "servlet-api",
  "jackson-core",
  "jackson-databind",
  "jackson-annotations",
  "jline2",
  "jline",
];
const READY_MS = 60_000;

/** Why the tests against a real Apache ZooKeeper cannot run here, or null when they can. */
export const NO_APACHE: string | null = existsSync(`${JAVA_DIR}/zookeeper.jar`)
  ? null
  : "no Apache ZooKeeper here: apt-get install zookeeper";

/** @param silent a client that shall not log: without a configuration, log4j formats every debug line */
export function apacheClassPath(silent: boolean = false): string {
  const jars = silent ? [...JARS.filter((jar) => !jar.includes("log4j")), "slf4j-nop"] : JARS;
  return jars
    .map((jar) => `${JAVA_DIR}/${jar}.jar`)
    .filter((path) => existsSync(path))
    .join(":");
}

/** Starts an Apache ZooKeeper: standalone, or a member where the lines name servers. It need not serve yet. */
export function spawnApache(plan: ServerPlan): LiveServer {
  const config = writeConfig(plan);
  const log4j = join(plan.dir, "log4j.properties");
  writeFileSync(log4j, LOG4J);
  const isMember = plan.myid !== undefined;
  const main = isMember ? "quorum.QuorumPeerMain" : "ZooKeeperServerMain";
  const args = [
    "-Xmx512m",
    `-Dlog4j.configuration=file:${log4j}`,
    ...(plan.properties ?? []).map((property) => `-D${property}`),
    "-cp",
    apacheClassPath(),
    `org.apache.zookeeper.server.${main}`,
    config,
  ];
  return supervise(spawn("java", args, { stdio: ["ignore", "pipe", "pipe"] }), plan);
}

/** The words that run the command: as built, or from its sources where nothing was built. */
export const ZOOTROPE: readonly string[] = existsSync("dist/cli/main.js")
  ? ["dist/cli/main.js"]
  : ["--import", "tsx", "cli/main.ts"];

/** Starts one of ours in the foreground. */
export function spawnZootrope(plan: ServerPlan): LiveServer {
  const config = writeConfig(plan);
  const properties = (plan.properties ?? []).map((property) => `-D${property}`).join(" ");
  const env = { ...process.env, SERVER_JVMFLAGS: properties };
  const args = [...ZOOTROPE, "server", "start-foreground", config];
  return supervise(spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], env }), plan);
}

/** Waits until a server serves: alone, or as a member of a quorum. */
export async function untilServing(server: LiveServer): Promise<void> {
  const deadline = Date.now() + READY_MS;
  const state = { gone: false };
  void server.exited.then(() => (state.gone = true));
  while (Date.now() < deadline && !state.gone) {
    const answer = await ask(server.clientPort, "srvr").catch(() => "");
    if (answer.includes("Mode: ")) return;
    await sleep(20);
  }
  const log = readFileSync(join(server.dir, "server.log"), "utf8")
    .split("\n")
    .slice(-15)
    .join("\n");
  throw new Error(`the server at ${server.clientPort} does not serve:\n${log}`);
}

/** The answer to a four-letter word. */
export function ask(clientPort: number, word: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ host: "127.0.0.1", port: clientPort });
    let text = "";
    socket.setTimeout(5000, () => socket.destroy(new Error(`${word}: no answer`)));
    socket.on("connect", () => socket.write(word));
    socket.on("data", (chunk) => (text += chunk.toString()));
    socket.on("error", reject);
    socket.on("close", () => {
      resolve(text);
    });
  });
}

/** `leader`, `follower`, `observer`, `standalone`, or null while it serves nobody. */
export async function modeOf(server: LiveServer): Promise<string | null> {
  const answer = await ask(server.clientPort, "srvr").catch(() => "");
  return /^Mode: (.*)$/m.exec(answer)?.[1] ?? null;
}

/**
 * Ports that nobody listens on just now, of those that no outgoing connection is ever given: a server that is
 * killed finds its own free again.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports = new Set<number>();
  while (ports.size < count) {
    const port = 20_000 + Math.floor(Math.random() * 12_000);
    if (!ports.has(port) && (await isFree(port))) ports.add(port);
  }
  return [...ports];
}

export function sleep(ms: number): Promise<void> {
  return new Promise((done) => setTimeout(done, ms));
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => {
      resolve(false);
    });
    server.listen(port, "127.0.0.1", () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/** Writes the zoo.cfg, and myid beside it, of a server to come. */
export function writeConfig({ dir, clientPort, lines = [], myid, keepConfig }: ServerPlan): string {
  const config = join(dir, "zoo.cfg");
  if (keepConfig === true) return config;
  mkdirSync(dir, { recursive: true });
  if (myid !== undefined) writeFileSync(join(dir, "myid"), `${myid}\n`);
  const all = [
    "tickTime=2000",
    `dataDir=${dir}`,
    `clientPort=${clientPort}`,
    "clientPortAddress=127.0.0.1",
    "admin.enableServer=false",
    "4lw.commands.whitelist=*",
    ...lines,
  ];
  writeFileSync(config, `${all.join("\n")}\n`);
  return config;
}

function supervise(child: ChildProcess, { dir, clientPort }: ServerPlan): LiveServer {
  const log = join(dir, "server.log");
  writeFileSync(log, "", { flag: "a" });
  const note = (chunk: Buffer): void => writeFileSync(log, chunk, { flag: "a" });
  child.stdout?.on("data", note);
  child.stderr?.on("data", note);
  const exited = new Promise<number | null>((resolve) => {
    child.once("exit", (code) => {
      resolve(code);
    });
  });
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  void exited.then(() => process.off("exit", kill));
  const stop = (signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> => {
    child.kill(signal);
    return exited;
  };
  return { pid: child.pid ?? 0, clientPort, dir, exited, stop };
}

const LOG4J = [
  "log4j.rootLogger=INFO, CONSOLE",
  "log4j.appender.CONSOLE=org.apache.log4j.ConsoleAppender",
  "log4j.appender.CONSOLE.layout=org.apache.log4j.PatternLayout",
  "log4j.appender.CONSOLE.layout.ConversionPattern=%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n",
  "",
].join("\n");
