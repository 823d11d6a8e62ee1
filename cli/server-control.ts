import { spawn, type ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { basename, dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { dataDirOf } from "../server/config/client-address.ts";

/** Starting, stopping and finding the server process, by its pid file, as zkServer.sh does. */

type Environment = Readonly<Record<string, string | undefined>>;

/** How long `start` waits for the process to say that it serves; one that is still there then is called started. */
const WATCH_MS = 10_000;
/** How long `stop` waits for the process to end, and how often it looks. */
const STOP_MS = 30_000;
const LOOK_MS = 20;

/** What a started process tells the one that started it, once clients can connect. */
export const STARTED = "started";

export type Control = {
  readonly configFile: string;
  readonly pidFile: string;
  /** Where the process prints to. */
  readonly outFile: string;
  /** Arguments of this program that run the server in the foreground. */
  readonly foreground: readonly string[];
};

/** The words of `zkServer.sh`: a plain name is looked for where the configurations are, anything else is a path. */
export function configFileOf(
  name: string | undefined,
  configDirectory: string | undefined,
  environment: Environment,
): string {
  const directory = configDirectory ?? environment["ZOOCFGDIR"] ?? "conf";
  const wanted = name ?? environment["ZOOCFG"] ?? "zoo.cfg";
  if (basename(wanted) !== wanted) return wanted;
  const there = join(directory, wanted);
  return !existsSync(there) && existsSync(wanted) ? wanted : there;
}

export function makeControl(
  configFile: string,
  definitions: readonly string[],
  environment: Environment,
): Control {
  const logDirectory = environment["ZOO_LOG_DIR"] ?? "logs";
  const outName = `zookeeper-${environment["USER"] ?? ""}-server-${hostname()}.out`;
  return {
    configFile,
    pidFile: environment["ZOOPIDFILE"] || join(dataDirOf(configFile), "zookeeper_server.pid"),
    outFile: join(logDirectory, outName),
    foreground: ["server", "start-foreground", configFile, ...definitions],
  };
}

/** @returns the exit code */
export async function startServerProcess(control: Control): Promise<number> {
  process.stdout.write("Starting zookeeper ... ");
  const running = livePid(control.pidFile);
  if (running !== null) {
    process.stdout.write(`already running as process ${running}.\n`);
    return 1;
  }
  mkdirSync(dirname(control.outFile), { recursive: true });
  const out = openSync(control.outFile, "w");
  const child = spawn(process.execPath, ownArguments(control), {
    detached: true,
    stdio: ["ignore", out, out, "ipc"],
  });
  try {
    mkdirSync(dirname(control.pidFile), { recursive: true });
    writeFileSync(control.pidFile, String(child.pid));
  } catch {
    process.stdout.write("FAILED TO WRITE PID\n");
    child.kill();
    return 1;
  }
  const isUp = await staysUp(child);
  if (child.connected) child.disconnect();
  child.unref();
  process.stdout.write(isUp ? "STARTED\n" : "FAILED TO START\n");
  if (!isUp) process.stderr.write(`zootrope: ${control.outFile} says why\n`);
  return isUp ? 0 : 1;
}

/** @returns the exit code, which is 0 whatever there was to stop */
export async function stopServerProcess({ pidFile }: Control): Promise<number> {
  process.stdout.write("Stopping zookeeper ... ");
  if (!existsSync(pidFile)) {
    process.stdout.write(`no zookeeper to stop (could not find file ${pidFile})\n`);
    return 0;
  }
  const pid = livePid(pidFile);
  rmSync(pidFile);
  if (pid !== null) {
    process.kill(pid, "SIGTERM");
    for (let waited = 0; isAlive(pid) && waited < STOP_MS; waited += LOOK_MS) await sleep(LOOK_MS);
  }
  process.stdout.write("STOPPED\n");
  return 0;
}

/** The command that `start` runs, for a shell. */
export function commandLine(control: Control): string {
  const words = [process.execPath, ...ownArguments(control)].map((word) => `"${word}"`);
  return `${words.join(" ")} > "${control.outFile}" 2>&1 < /dev/null`;
}

/** This program again, by the same means. */
function ownArguments({ foreground }: Control): string[] {
  return [...process.execArgv, process.argv[1] ?? "", ...foreground];
}

/** True once it says that it serves, or has not ended in time. */
function staysUp(child: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(true), WATCH_MS);
    const end = (isUp: boolean) => (): void => {
      clearTimeout(timer);
      resolve(isUp);
    };
    child.once("message", end(true));
    child.once("exit", end(false));
    child.once("error", end(false));
  });
}

function livePid(pidFile: string): number | null {
  if (!existsSync(pidFile)) return null;
  const pid = Number(readFileSync(pidFile, "utf8").trim());
  return Number.isInteger(pid) && pid > 1 && isAlive(pid) ? pid : null;
}

/** One that has ended may stay in the list of processes for a while: in a container, nobody may be quick to ask for it. */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) Z /s.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return isThere(pid); // no such list on this system, or gone meanwhile
  }
}

function isThere(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
