import { spawn } from "node:child_process";
import { existsSync } from "node:fs";

/** What a program that has ended said. */
export type Said = { readonly code: number | null; readonly out: string; readonly err: string };

/** A program that is at work: it can be spoken to, waited for, and stopped. */
export type Program = {
  /** A line of its input. */
  readonly say: (line: string) => void;
  /** Waits until output and errors together have this text, or more than `skip` times. */
  readonly until: (text: string | RegExp) => Promise<void>;
  /** All it has written so far, both streams. */
  readonly said: () => string;
  /** Its input ends. */
  readonly end: () => void;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Said>;
};

const PATIENCE_MS = 60_000;

export const ZK_CLI = "/usr/share/zookeeper/bin/zkCli.sh";
export const CLI_MT = "/usr/lib/zookeeper/bin/cli_mt";
/** Debian's own, which has Debian's packages. */
const PYTHON = "/usr/bin/python3";
const KAZOO = "/usr/lib/python3/dist-packages/kazoo";
const KAZOO_SCRIPTS = new URL("../interop/kazoo_client.py", import.meta.url).pathname;

/** Why the tests with the clients of Debian's packages cannot run here, or null when they can. */
export const NO_CLIENTS: string | null = [ZK_CLI, CLI_MT, KAZOO].every((path) => existsSync(path))
  ? null
  : "clients are missing: apt-get install zookeeper zookeeper-bin python3-kazoo";

export function startKazoo(script: string, ...args: readonly string[]): Program {
  return startProgram(PYTHON, [KAZOO_SCRIPTS, script, ...args]);
}

export function startProgram(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Program {
  const child = spawn(command, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: { ...process.env, ...env },
  });
  const text = { out: "", err: "", both: "" };
  let wake = (): void => {};
  for (const stream of ["out", "err"] as const) {
    child[`std${stream}`].setEncoding("utf8").on("data", (chunk: string) => {
      text[stream] += chunk;
      text.both += chunk;
      wake();
    });
  }
  // It may end while it is spoken to.
  child.stdin.on("error", () => {});
  const kill = (): void => void child.kill("SIGKILL");
  process.once("exit", kill);
  const ended = new Promise<Said>((resolve) => {
    child.once("close", (code) => {
      process.off("exit", kill);
      resolve({ code, out: text.out, err: text.err });
      wake();
    });
  });
  const until = async (wanted: string | RegExp): Promise<void> => {
    const deadline = Date.now() + PATIENCE_MS;
    const isThere = (): boolean =>
      typeof wanted === "string" ? text.both.includes(wanted) : wanted.test(text.both);
    while (!isThere()) {
      const leftMs = deadline - Date.now();
      if (leftMs <= 0 || child.exitCode !== null) {
        throw new Error(
          `no ${String(wanted)} in what ${command} ${args.join(" ")} said:\n${text.both}`,
        );
      }
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, leftMs);
        wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  };
  return {
    say: (line) => void child.stdin.write(`${line}\n`),
    until,
    said: () => text.both,
    end: () => void child.stdin.end(),
    kill: (signal) => void child.kill(signal),
    ended,
  };
}

/** Runs a program to its end, with these lines as its whole input. */
export async function runProgram(
  command: string,
  args: readonly string[],
  lines: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<Said> {
  const program = startProgram(command, args, env);
  for (const line of lines) program.say(line);
  program.end();
  return await program.ended;
}
