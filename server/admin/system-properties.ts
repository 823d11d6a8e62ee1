import { arch, homedir, release, tmpdir, type } from "node:os";
import type { ServerView } from "./view.ts";

/** What Java would call system properties: the machine's, and all that was set. In the order of their names. */
export function systemProperties({ settings }: ServerView): [string, string][] {
  const properties = new Map([
    ["file.encoding", "UTF-8"],
    ["file.separator", "/"],
    ["java.io.tmpdir", tmpdir()],
    ["java.version", process.versions.node],
    ["line.separator", "\n"],
    ["os.arch", arch()],
    ["os.name", type()],
    ["os.version", release()],
    ["user.dir", process.cwd()],
    ["user.home", homedir()],
    ...settings.properties,
  ]);
  return [...properties].sort(([a], [b]) => (a < b ? -1 : 1));
}
