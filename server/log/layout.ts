/** Lines in the layout of ZooKeeper's own log4j pattern: `%d{ISO8601} [myid:%X{myid}] - %-5p [%t:%C{1}@%L] - %m%n`. */

export type LogLevel = "DEBUG" | "INFO" | "WARN" | "ERROR";

export type LogLine = {
  readonly level: LogLevel;
  readonly thread: string;
  /** Class and line of the real server's own message, `QuorumPeer@1455`. */
  readonly source: string;
  readonly message: string;
};

const LEVELS: readonly LogLevel[] = ["DEBUG", "INFO", "WARN", "ERROR"];

/** Is a line of `level` worth writing when `least` is the least level that is? */
export function isAtLeast(level: LogLevel, least: LogLevel): boolean {
  return LEVELS.indexOf(level) >= LEVELS.indexOf(least);
}

/** @param myid "" before it is known, and for a standalone server */
export function formatLine(
  { level, thread, source, message }: LogLine,
  at: Date,
  myid: string,
): string {
  return `${timeText(at)} [myid:${myid}] - ${level.padEnd(5)} [${thread}:${source}] - ${message}`;
}

/** `2026-11-21 18:16:49,123`, in the time of this machine. */
function timeText(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, "0");
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time},${String(at.getMilliseconds()).padStart(3, "0")}`;
}
