import { spawn } from "node:child_process";
import { existsSync, statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { writeTrace } from "../../runner/trace-store.ts";
import { ExitCode, UsageError } from "../exit.ts";
import { findScenario } from "../scenario-source.ts";
import { serveViewer, type ViewerSite } from "../viewer-site.ts";
import { carryOut, exitCodeOf, printReport, type RunFlags } from "./run.ts";

export type ViewFlags = RunFlags & { readonly port?: string; readonly open?: boolean };

/** `zootrope view [SCENARIO | FILE…]`: the viewer with that in it, until Ctrl-C. */
export async function viewCommand(
  arguments_: readonly string[],
  flags: ViewFlags,
): Promise<number> {
  const port = portOf(flags.port);
  const [first] = arguments_;
  if (first !== undefined && !first.endsWith(".zt")) {
    if (arguments_.length > 1) {
      throw new UsageError("view takes one scenario, or any number of .zt files");
    }
    return viewScenario(first, port, flags);
  }
  for (const file of arguments_) checkTrace(file);
  await serveUntilInterrupted(arguments_, port, flags);
  return ExitCode.asHoped;
}

async function viewScenario(argument: string, port: number, flags: ViewFlags): Promise<number> {
  const scenario = findScenario(argument);
  const result = await carryOut(scenario, flags, true);
  printReport(scenario, argument, flags, result);
  if (result.outcome.stopped === "interrupted" || result.trace === null) return exitCodeOf(result);
  const folder = await mkdtemp(join(tmpdir(), "zootrope-"));
  try {
    const file = join(
      folder,
      `${scenario.name}-seed-${result.outcome.seed.replace(/\W/g, "_")}.zt`,
    );
    await writeTrace(result.trace, file);
    await serveUntilInterrupted([file], port, flags);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return exitCodeOf(result);
}

async function serveUntilInterrupted(
  files: readonly string[],
  port: number,
  flags: ViewFlags,
): Promise<void> {
  const site = await serveViewer(files, port);
  process.stdout.write(`\nviewer at ${site.address}  (Ctrl-C ends it)\n`);
  if (flags.open !== false && process.stdout.isTTY && !process.env["CI"]) openPage(site);
  await new Promise<void>((resolve) => {
    process.once("SIGINT", resolve);
    process.once("SIGTERM", resolve);
  });
  await site.close();
}

function portOf(text: string | undefined): number {
  if (text === undefined) return 0;
  const port = Number(text);
  if (/^\d+$/.test(text) && port <= 65_535) return port;
  throw new UsageError(`--port: expected a number from 0 to 65535, found "${text}"`);
}

function checkTrace(file: string): void {
  if (!file.endsWith(".zt")) {
    throw new UsageError(`expected files that end in .zt, or one scenario; found "${file}"`);
  }
  if (!existsSync(file) || !statSync(file).isFile()) {
    throw new UsageError(`cannot read ${file}: no such file`);
  }
}

/** Asks the desktop for a browser. Where there is none, the address was printed. */
function openPage({ address }: ViewerSite): void {
  const [command, ...words] =
    process.platform === "darwin"
      ? ["open"]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", ""]
        : ["xdg-open"];
  const child = spawn(command ?? "", [...words, address], { stdio: "ignore", detached: true });
  child.on("error", () => undefined);
  child.unref();
}
