/**
 * `npm run build`: the sources as JavaScript in dist/, the command bundled in dist/cli/, and the viewer as a site
 * in dist/viz/.
 *
 * The build leaves a hash of the sources it was made from. Contents are compared rather than
 * times, which a checkout changes and a deleted file does not.
 */
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { runNode } from "./run.mjs";

const SOURCES = ["core", "sim", "runner", "library", "server", "cli", "bench", "viz"];
const SETTINGS = [
  "package.json",
  "package-lock.json",
  "tsconfig.base.json",
  "tsconfig.node.json",
  "tsconfig.build.json",
  "vite.config.ts",
  "vite.command.config.ts",
];
const STAMP = "dist/.built-from";

export function isBuilt() {
  return existsSync(STAMP) && readFileSync(STAMP, "utf8") === hashOfSources();
}

/** @returns 0, or the exit code of the step that failed */
export async function build() {
  const builtFrom = hashOfSources();
  rmSync("dist", { recursive: true, force: true });
  const codes = await Promise.all([
    runNode(["node_modules/typescript/bin/tsc", "-p", "tsconfig.build.json"]),
    bundle("vite.config.ts"),
    bundle("vite.command.config.ts"),
  ]);
  const failed = codes.find((code) => code !== 0);
  if (failed !== undefined) return failed;
  writeFileSync(STAMP, builtFrom);
  return 0;
}

function bundle(config) {
  return runNode(["node_modules/vite/bin/vite.js", "build", "-c", config, "--logLevel", "warn"]);
}

function hashOfSources() {
  const hash = createHash("sha256");
  for (const file of [...SETTINGS, ...SOURCES.flatMap(filesIn)]) {
    hash.update(`${file}\0`).update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

function filesIn(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${entry.parentPath}/${entry.name}`)
    .sort();
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = await build();
