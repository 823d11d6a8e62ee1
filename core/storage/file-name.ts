import { formatZxid, toZxid, type Zxid } from "../zxid.ts";

/** Log files are named after their first record, snapshots after the last transaction that they surely hold. */
export type FilePrefix = "log" | "snapshot";

const ZXID_DIGITS = /^[+-]?[0-9a-f]+$/i;
const ZXID_MAX = (1n << 63n) - 1n;

/** `log.` and the zxid of its first record in hexadecimal. */
export function logName(zxid: Zxid): string {
  return `log.${formatZxid(zxid).slice(2)}`;
}

/** `snapshot.`, the zxid in hexadecimal, and what tells that it is compressed. */
export function snapshotName(zxid: Zxid, suffix: "" | ".gz" | ".snappy" = ""): string {
  return `snapshot.${formatZxid(zxid).slice(2)}${suffix}`;
}

/**
 * What a file is called while it is written, before it takes the place of `name`. A snapshot must not be taken
 * for one before that: the real server's `snapshot.19c.tmp` is, when a crash leaves it behind.
 */
export function temporaryName(name: string): string {
  return name.startsWith("snapshot.") ? `${TEMPORARY_PREFIX}${name}` : `${name}.tmp`;
}

export const TEMPORARY_PREFIX = "tmp.";

/**
 * The zxid in a file name, or null when the file is not one of ours. Parts after the second are ignored,
 * so that `snapshot.19c.tmp`, which a crash may leave behind, is a snapshot too.
 *
 * @see ZooKeeper, server/persistence/Util.java (getZxidFromName)
 */
export function parseName(name: string, prefix: FilePrefix): Zxid | null {
  const [first, digits] = name.split(".");
  if (first !== prefix || digits === undefined || !ZXID_DIGITS.test(digits)) return null;
  if (digits.startsWith("-")) return null;
  const value = BigInt(`0x${digits.replace("+", "")}`);
  return value > ZXID_MAX ? null : toZxid(value);
}

/** How a snapshot of this name is compressed; null for plain ones. Only the last part of the name counts. */
export function compressionOf(name: string): "gz" | "snappy" | null {
  const suffix = name.slice(name.lastIndexOf(".") + 1).toLowerCase();
  return suffix === "gz" || suffix === "snappy" ? suffix : null;
}

/** The files with this prefix and a proper name, by ascending zxid. */
export function sortByZxid<File extends { readonly name: string }>(
  files: readonly File[],
  prefix: FilePrefix,
): { readonly file: File; readonly zxid: Zxid }[] {
  const found: { readonly file: File; readonly zxid: Zxid }[] = [];
  for (const file of files) {
    const zxid = parseName(file.name, prefix);
    if (zxid !== null) found.push({ file, zxid });
  }
  return found.sort((a, b) =>
    a.zxid < b.zxid ? -1 : a.zxid > b.zxid ? 1 : a.file.name < b.file.name ? -1 : 1,
  );
}

/** The files that may hold `zxid` or later: the last one named below it, and all named from it on. */
export function logsFrom<File extends { readonly name: string }>(
  files: readonly File[],
  zxid: Zxid,
): readonly File[] {
  const logs = sortByZxid(files, "log");
  let first = 0;
  for (let i = 0; i < logs.length; i++) if ((logs[i]?.zxid ?? zxid) < zxid) first = i;
  return logs.slice(first).map(({ file }) => file);
}
