import { MessageCode, TimerCode } from "../../sim/trace/row.ts";

/** `0x200000012`, as ZooKeeper prints it. */
export function zxidText(zxid: bigint): string {
  return `0x${BigInt.asUintN(64, zxid).toString(16)}`;
}

export function epochOf(zxid: bigint): number {
  return Number(zxid >> 32n);
}

export function counterOf(zxid: bigint): number {
  return Number(BigInt.asUintN(32, zxid));
}

/** The counter alone, in at least two hex digits: `12`. */
export function counterText(zxid: bigint, digits = 2): string {
  return counterOf(zxid).toString(16).padStart(digits, "0");
}

/** Instants in seconds with milliseconds: `12.480`. */
export function secondsText(us: number): string {
  return (Math.floor(us / 1000) / 1000).toFixed(3);
}

/** A length of time in the unit that reads best: `340 µs`, `31 ms`, `4.2 s`. */
export function durationText(us: number): string {
  if (us < 1000) return `${Math.round(us)} µs`;
  if (us < 1_000_000) return `${Math.round(us / 1000)} ms`;
  return `${(us / 1_000_000).toFixed(us < 10_000_000 ? 1 : 0)} s`;
}

/** 1234567 as `1,234,567`, the same everywhere. */
export function countText(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

/** `2`, `2 and 3`, `2, 3 and 4`. */
export function listText(items: readonly (number | string)[]): string {
  if (items.length < 2) return items.join("");
  return `${items.slice(0, -1).join(", ")} and ${items[items.length - 1] ?? ""}`;
}

export function plural(count: number, one: string, more: string = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : more}`;
}

export type Family = "election" | "zab" | "client";

type MessageWord = { readonly name: string; readonly letter: string; readonly family: Family };

const MESSAGES: ReadonlyMap<number, MessageWord> = new Map(
  (
    [
      [MessageCode.REQUEST, "REQUEST", "R", "zab"],
      [MessageCode.PROPOSAL, "PROPOSAL", "P", "zab"],
      [MessageCode.ACK, "ACK", "A", "zab"],
      [MessageCode.COMMIT, "COMMIT", "C", "zab"],
      [MessageCode.PING, "PING", "·", "zab"],
      [MessageCode.REVALIDATE, "REVALIDATE", "V", "zab"],
      [MessageCode.SYNC, "SYNC", "Y", "zab"],
      [MessageCode.INFORM, "INFORM", "I", "zab"],
      [MessageCode.NEWLEADER, "NEWLEADER", "L", "zab"],
      [MessageCode.FOLLOWERINFO, "FOLLOWERINFO", "F", "zab"],
      [MessageCode.UPTODATE, "UPTODATE", "U", "zab"],
      [MessageCode.DIFF, "DIFF", "S", "zab"],
      [MessageCode.TRUNC, "TRUNC", "S", "zab"],
      [MessageCode.SNAP, "SNAP", "S", "zab"],
      [MessageCode.OBSERVERINFO, "OBSERVERINFO", "F", "zab"],
      [MessageCode.LEADERINFO, "LEADERINFO", "L", "zab"],
      [MessageCode.ACKEPOCH, "ACKEPOCH", "E", "zab"],
      [MessageCode.SNAPPIECE, "SNAP data", "S", "zab"],
      [MessageCode.hello, "hello", "H", "election"],
      [MessageCode.notification, "Notification", "N", "election"],
      [MessageCode.notification + 1, "Notification", "N", "election"],
      [MessageCode.notification + 2, "Notification", "N", "election"],
      [MessageCode.notification + 3, "Notification", "N", "election"],
      [MessageCode.connect, "connect", "c", "client"],
      [MessageCode.connectResponse, "connect response", "c", "client"],
      [MessageCode.request, "request", "q", "client"],
      [MessageCode.reply, "reply", "r", "client"],
      [MessageCode.watchEvent, "watch event", "w", "client"],
    ] as const
  ).map(([code, name, letter, family]) => [code, { name, letter, family }]),
);

export function messageWord(code: number): MessageWord {
  return MESSAGES.get(code) ?? { name: `message ${code}`, letter: "?", family: "client" };
}

export function isNotification(code: number): boolean {
  return code >= MessageCode.notification && code <= MessageCode.notification + 3;
}

/** A vote travels as c: peerEpoch × 256 + leader sid + 1. */
export function leaderIn(c: number): number {
  return (c & 255) - 1;
}

export function peerEpochIn(c: number): number {
  return c >> 8;
}

const TIMERS: ReadonlyMap<number, string> = new Map([
  [TimerCode.notification, "notification"],
  [TimerCode.finalize, "finalizeWait"],
  [TimerCode.quorumWait, "initLimit"],
  [TimerCode.leaderSilence, "syncLimit"],
  [TimerCode.learnerRetry, "retry"],
  [TimerCode.observerPause, "observer pause"],
]);

export function timerWord(code: number): string {
  return TIMERS.get(code) ?? `timer ${code}`;
}

const OPERATIONS: Readonly<Record<number, string>> = {
  [-10]: "createSession",
  [-11]: "closeSession",
  1: "create",
  2: "delete",
  3: "exists",
  4: "getData",
  5: "setData",
  6: "getACL",
  7: "setACL",
  8: "getChildren",
  9: "sync",
  11: "ping",
  12: "getChildren",
  13: "check",
  14: "multi",
  15: "create",
  19: "createContainer",
};

export function operationWord(code: number): string {
  return OPERATIONS[code] ?? `operation ${code}`;
}

const ERRORS: Readonly<Record<number, string>> = {
  0: "ok",
  1: "unknown",
  [-4]: "connection loss",
  [-101]: "no node",
  [-102]: "no auth",
  [-103]: "bad version",
  [-108]: "no children for ephemerals",
  [-110]: "node exists",
  [-111]: "not empty",
  [-112]: "session expired",
  [-118]: "session moved",
};

export function errorWord(code: number): string {
  return ERRORS[code] ?? `error ${code}`;
}
