import { setFlagsFromString } from "node:v8";
import { VERSION } from "../../runner/version.ts";
import { findClientAddress } from "../../server/config/client-address.ts";
import { definitions, flagWords } from "../../server/config/command-line.ts";
import { askFourLetterWord } from "../../server/config/four-letter-client.ts";
import { loadSettings, problemText } from "../../server/config/load-settings.ts";
import type { ServerSettings } from "../../server/config/settings.ts";
import {
  checkDirectories,
  DirectoryProblem,
  takeInitializeMarker,
} from "../../server/disk/check-directories.ts";
import { formatLine, type LogLine } from "../../server/log/layout.ts";
import { startLines } from "../../server/log/start-lines.ts";
import { createServerLog } from "../../server/log/server-log.ts";
import { ServiceError } from "../../server/services.ts";
import { startServer, type RunningServer } from "../../server/start.ts";
import { ExitCode, UsageError } from "../exit.ts";
import {
  commandLine,
  configFileOf,
  makeControl,
  STARTED,
  startServerProcess,
  stopServerProcess,
  type Control,
} from "../server-control.ts";

const VERBS = "start|start-foreground|stop|version|restart|status|print-cmd";

/** The release whose behaviour this is. */
const APACHE_VERSION = "3.8.0";

/**
 * How much of what it keeps a server may add in garbage before that is collected. Its heap is small and its garbage dies
 * young, so this costs no throughput; V8's own choice, several times as much, makes it twice the size.
 */
const HEAP_GROWING_PERCENT = 20;

/** Exit codes of the real server, beside those of the command. */
const UNEXPECTED_ERROR = 1;
const INVALID_CONFIGURATION = 2;
const SIGNAL_CODES = { SIGINT: 130, SIGTERM: 143 } as const;

/** `zootrope server`: a real server, with the verbs, the output and the exit codes of zkServer.sh. */
export async function serverCommand(words: readonly string[]): Promise<number> {
  const { verb, name, configDirectory, defined } = readWords(words);
  if (verb === "version") {
    process.stdout.write(`Apache ZooKeeper, version ${APACHE_VERSION} (Zootrope ${VERSION})\n`);
    return ExitCode.asHoped;
  }
  const configFile = configFileOf(name, configDirectory, process.env);
  process.stderr.write(`Using config: ${configFile}\n`);
  const control = makeControl(configFile, defined, process.env);
  switch (verb) {
    case "start":
      return await start(control, [...flagWords(process.env), ...defined]);
    case "start-foreground":
      return await runForeground(configFile, [...flagWords(process.env), ...defined]);
    case "stop":
      return await stopServerProcess(control);
    case "restart":
      await stopServerProcess(control);
      return await start(control, [...flagWords(process.env), ...defined]);
    case "status":
      return await statusOf(configFile);
    case "print-cmd":
      process.stdout.write(`${commandLine(control)}\n`);
      return ExitCode.asHoped;
    default:
      throw new UsageError(
        `unknown verb "${verb}": expected one of ${VERBS.replaceAll("|", ", ")}`,
      );
  }
}

/** A configuration that cannot be is refused here already: nobody has to look for the reason in a file. */
async function start(control: Control, flags: readonly string[]): Promise<number> {
  try {
    loadSettings(control.configFile, definitions(flags));
  } catch (error) {
    const problem = problemText(error);
    if (problem === null) throw error;
    process.stdout.write("Starting zookeeper ... FAILED TO START\n");
    process.stderr.write(`${problem}\n`);
    return UNEXPECTED_ERROR;
  }
  return await startServerProcess(control);
}

type Words = {
  readonly verb: string;
  readonly name: string | undefined;
  readonly configDirectory: string | undefined;
  /** `-Dname=value` */
  readonly defined: readonly string[];
};

function readWords(words: readonly string[]): Words {
  const plain: string[] = [];
  const defined: string[] = [];
  let configDirectory: string | undefined;
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? "";
    if (word.startsWith("-D")) defined.push(word);
    else if (word === "--config") configDirectory = words[++i];
    else if (word.startsWith("-")) throw new UsageError(`unknown option "${word}"`);
    else plain.push(word);
  }
  const [verb, name, ...more] = plain;
  if (verb === undefined || more.length > 0) {
    throw new UsageError(
      `expected: server [--config <conf-dir>] {${VERBS}} [zoo.cfg] [-Dname=value]`,
    );
  }
  return { verb, name, configDirectory, defined };
}

async function runForeground(configFile: string, flags: readonly string[]): Promise<number> {
  setFlagsFromString(`--heap-growing-percent=${HEAP_GROWING_PERCENT}`);
  let settings: ServerSettings;
  try {
    settings = loadSettings(configFile, definitions(flags));
    checkDirectories({ ...settings, autocreate: settings.dataDirAutocreate });
    if (takeInitializeMarker(settings.dataLogDir)) settings = mayVote(settings);
  } catch (error) {
    return refuseToStart(error);
  }
  const myid = settings.config.standalone ? "" : String(settings.config.sid);
  for (const line of startLines(settings)) log(line, myid);
  endAtBug(myid);
  let running: RunningServer;
  try {
    running = await startServer(settings, createServerLog(settings, "INFO", write));
  } catch (error) {
    if (error instanceof ServiceError) {
      process.stderr.write(`zootrope: ${error.message}\n`);
      return error.exitCode;
    }
    log(mainError("QuorumPeerMain@114", "Unexpected exception, exiting abnormally"), myid);
    process.stderr.write(`zootrope: ${bindText(error)}\n`);
    return UNEXPECTED_ERROR;
  }
  if (process.connected) process.send?.(STARTED);
  return await ended(running);
}

/** The last resort: what nobody has caught leaves a state that nobody knows, and ends the process with one line. */
function endAtBug(myid: string): void {
  process.on("uncaughtException", (error: unknown) => {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log(mainError("Zootrope@1", `Severe unrecoverable error, exiting: ${what}`), myid);
    process.exit(UNEXPECTED_ERROR);
  });
}

function mayVote(settings: ServerSettings): ServerSettings {
  return { ...settings, config: { ...settings.config, emptyMayVote: true } };
}

function refuseToStart(error: unknown): number {
  if (error instanceof DirectoryProblem) {
    log(mainError("QuorumPeerMain@103", "Unable to access datadir, exiting abnormally"), "");
    process.stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  const problem = problemText(error);
  if (problem === null) throw error;
  log(mainError("QuorumPeerMain@99", "Invalid config, exiting abnormally"), "");
  process.stderr.write(`${problem}\n`);
  return INVALID_CONFIGURATION;
}

/** `listen EADDRINUSE: address already in use 0.0.0.0:2181`, without what only Node calls it. */
function bindText(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/^listen [A-Z]+: /, "");
}

/** The exit code: its own, or that of the signal that asked it to stop. */
async function ended(running: RunningServer): Promise<number> {
  let signalled: number | null = null;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      signalled = SIGNAL_CODES[signal];
      void running.stop();
    });
  }
  const code = await running.exited;
  return signalled ?? code;
}

async function statusOf(configFile: string): Promise<number> {
  const { found, said } = findClientAddress(configFile);
  for (const line of said) process.stdout.write(`${line}\n`);
  if (found === null) return 1;
  const { host, port, isTls } = found;
  process.stdout.write(
    `Client port found: ${port}. Client address: ${host}. Client SSL: ${isTls}.\n`,
  );
  const flags = `${process.env["CLIENT_JVMFLAGS"] ?? ""} ${process.env["JVMFLAGS"] ?? ""}`;
  const answer = await askFourLetterWord(found, "srvr", definitions(flags.split(/\s+/)));
  const mode = answer?.split("\n").find((line) => line.includes("Mode"));
  if (mode === undefined) {
    process.stdout.write("Error contacting service. It is probably not running.\n");
    return 1;
  }
  process.stdout.write(`${mode}\n`);
  return 0;
}

function mainError(source: string, message: string): LogLine {
  return { level: "ERROR", thread: "main", source, message };
}

function log(line: LogLine, myid: string): void {
  write(`${formatLine(line, new Date(), myid)}\n`);
}

function write(text: string): void {
  process.stdout.write(text);
}
