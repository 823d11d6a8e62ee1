import type { FileContent } from "../event.ts";
import type { Zxid } from "../zxid.ts";
import { sortByZxid } from "./file-name.ts";
import { LOG_HEADER, readLog } from "./log-file.ts";

/** How to take everything above a zxid out of a log. */
export type LogCut = {
  /** The file in which the first such record is, and where that begins; null when there is none. */
  readonly truncate: { readonly file: string; readonly lengthBytes: number } | null;
  /** Later files, oldest first. */
  readonly remove: readonly string[];
  /** What all the files hold afterwards. */
  readonly left: readonly FileContent[];
};

/**
 * Plans a cut behind the last record up to `zxid`. The real server cuts behind the first record from `zxid` on,
 * and so keeps a greater one where `zxid` itself is missing.
 * @see spec storage-and-processing 2.5
 */
export function cutLogs(logs: readonly FileContent[], zxid: Zxid): LogCut {
  const files = sortByZxid(logs, "log").map(({ file }) => file);
  for (let index = 0; index < files.length; index++) {
    const file = files[index]!;
    const lengthBytes = lengthUpTo(file, zxid);
    if (lengthBytes === null) continue;
    const remove = files.slice(index + 1).map(({ name }) => name);
    const cut = { name: file.name, bytes: file.bytes.subarray(0, lengthBytes) };
    const emptied = remove.map((name) => ({ name, bytes: LOG_HEADER }));
    return {
      truncate: { file: file.name, lengthBytes },
      remove,
      left: [...files.slice(0, index), cut, ...emptied],
    };
  }
  return { truncate: null, remove: [], left: files };
}

/** Where the first record above `zxid` begins, or null when there is none. */
function lengthUpTo({ name, bytes }: FileContent, zxid: Zxid): number | null {
  let lengthBytes = LOG_HEADER.length;
  for (const txn of readLog(bytes, name).txns) {
    if (txn.zxid > zxid) return lengthBytes;
    lengthBytes += txn.record.length;
  }
  return null;
}
