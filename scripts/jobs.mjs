/** The jobs that `bootstrap.mjs` prepares and starts. */
import { build, isBuilt } from "./build.mjs";
import { install, isInstalled } from "./install.mjs";
import { runNode } from "./run.mjs";

const COMMAND = "dist/cli/main.js";
const FIRST_SCENARIO = "leader-crash";

const jobs = {
  start: (args) => runNode([COMMAND, ...firstLook(), ...args]),
  test: (args) => runNode(["node_modules/vitest/vitest.mjs", "run", ...args]),
  bench: (args) => runNode([COMMAND, "bench", ...args]),
};

/** Installs and builds what is missing or stale, saying so, then does the job called `name`. */
export async function runJob(name, args) {
  const job = jobs[name];
  if (job === undefined) {
    console.error(`unknown job "${name}": expected one of ${Object.keys(jobs).join(", ")}`);
    process.exitCode = 2;
    return;
  }
  process.exitCode = (await prepare()) || (await job(args));
}

/** @returns 0, or the exit code of the step that failed */
async function prepare() {
  if (!isInstalled()) {
    console.error("zootrope: installing packages (npm ci) …");
    const code = await install();
    if (code !== 0) return code;
  }
  if (!isBuilt()) {
    console.error("zootrope: building …");
    return build();
  }
  return 0;
}

/** A person gets the report and the viewer; a machine gets the report, and its prompt back. */
function firstLook() {
  const isWatched = process.stdout.isTTY && process.stdin.isTTY && !process.env.CI;
  return [isWatched ? "view" : "run", FIRST_SCENARIO];
}
