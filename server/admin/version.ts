import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The ZooKeeper whose protocol, files and words these are. */
const PROTOCOL_VERSION = "3.8.0";

/** What stands where Apache's builds name their revision. Clients read the three numbers before it. */
const REVISION = "zootrope";

/**
 * What `srvr`, `envi` and `mntr` call the version: `3.8.0-zootrope, built on 2026-11-21 18:30 UTC`.
 * The time is that of this file, which a build writes.
 */
export function versionText(): string {
  return `${PROTOCOL_VERSION}-${REVISION}, built on ${builtOn()}`;
}

function builtOn(): string {
  const { mtime } = statSync(fileURLToPath(import.meta.url));
  return `${mtime.toISOString().slice(0, 16).replace("T", " ")} UTC`;
}
