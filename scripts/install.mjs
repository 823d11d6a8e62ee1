/** Packages: whether those of the lockfile are there, and how they get there. */
import { existsSync, readFileSync } from "node:fs";
import { run } from "./run.mjs";

const LOCKFILE = "package-lock.json";
const INSTALLED = "node_modules/.package-lock.json";

/**
 * Whether every package that the lockfile asks for is installed in its version.
 *
 * npm writes its list of what it installed last, so an interrupted installation has none.
 * Optional packages are other platforms' binaries, which may rightly be missing.
 */
export function isInstalled() {
  if (!existsSync(INSTALLED)) return false;
  const wanted = packagesOf(LOCKFILE);
  const found = packagesOf(INSTALLED);
  return Object.entries(wanted).every(
    ([path, { version, optional }]) => path === "" || optional || found[path]?.version === version,
  );
}

/** @returns the exit code of `npm ci` */
export function install() {
  // On Windows npm is a command file, which only a shell can start.
  const shell = process.platform === "win32";
  return run("npm", ["ci", "--include=dev"], { shell });
}

function packagesOf(file) {
  return JSON.parse(readFileSync(file, "utf8")).packages;
}
