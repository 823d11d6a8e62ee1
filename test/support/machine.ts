import { NO_DEFECTS } from "../../core/defects.ts";
import { DEFAULT_OPTIONS } from "../../core/options.ts";
import type { ServerConfig } from "../../core/config.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { FileContent, ServerEvent, ThreadName, TimerName } from "../../core/event.ts";
import type { ConnId, Message } from "../../core/message.ts";
import { createServer, type Server } from "../../core/server-state.ts";
import { step } from "../../core/server.ts";
import { concatBytes } from "../../core/bytes.ts";
import { historyFiles } from "../../runner/history-files.ts";
import { effectText } from "./effect-text.ts";

/**
 * One server with a disk, a clock and nobody to talk to but the test. What it asks of its disk and threads is
 * answered at once, unless a test holds that back.
 */
export type Machine = {
  readonly server: Server;
  /** What the page cache holds. */
  readonly disk: Map<string, Uint8Array>;
  nowMs: number;
  /** All that the server said or asked for since a test last looked. */
  readonly out: ServerEffect[];
  /** What its disk was asked and has not answered, oldest first. */
  readonly asked: Extract<ServerEffect, { kind: "sync" | "list" | "read" }>[];
  readonly woken: { readonly thread: ThreadName; readonly of: number }[];
  readonly timers: Map<string, { readonly timer: TimerName; of: number; dueMs: number }>;
  /** What stands still until a test lets it go on. */
  readonly held: Set<ThreadName | "disk">;
  /** The last connection that the server opened to each address. */
  readonly opened: Map<string, ConnId>;
  /** Names of connections, for {@link saidBy}. */
  readonly names: Map<ConnId, string>;
  /** Election connections by sid. */
  readonly peers: Map<number, ConnId>;
  acceptedCount: number;
};

const LIMITS = {
  tickMs: 200,
  initLimit: 10,
  syncLimit: 5,
  minSessionTimeoutMs: 400,
  maxSessionTimeoutMs: 4000,
  snapCount: 100_000,
  commitLogCount: 500,
  snapshotSizeFactor: 0.33,
  preAllocBytes: 0,
  snapshotStepNodes: 1000,
  electionConnectMs: 5000,
  learnerRetryMs: 100,
  minNotificationMs: 200,
  maxNotificationMs: 60_000,
  observerPauseMs: 1,
  emptyMayVote: true,
  standalone: false,
  options: DEFAULT_OPTIONS,
  defects: NO_DEFECTS,
};

/** The configuration of server `sid`: voters from 1 on, observers behind them. */
export function configOf(
  sid: number,
  {
    voters = 3,
    observers = 0,
    ...limits
  }: Partial<ServerConfig> & { voters?: number; observers?: number } = {},
): ServerConfig {
  const sids = Array.from({ length: voters + observers }, (_, index) => index + 1);
  return {
    ...LIMITS,
    sid,
    members: sids.map((member) => ({
      sid: member,
      role: member > voters ? "observer" : "participant",
      quorumAddress: `s${member}:2888`,
      electionAddress: `s${member}:3888`,
      clientAddress: `s${member}:2181`,
    })),
    quorum: { kind: "majority", voters: sids.slice(0, voters) },
    ...limits,
  };
}

/** A process that has started on these files, and has answered all questions of its own. */
export function boot(config: ServerConfig, files: readonly FileContent[] = []): Machine {
  const machine = createMachine(config, files);
  start(machine);
  return machine;
}

/** A machine whose process has not started. */
export function createMachine(config: ServerConfig, files: readonly FileContent[] = []): Machine {
  return {
    server: createServer(config),
    disk: new Map(files.map(({ name, bytes }) => [name, bytes])),
    nowMs: 1000,
    out: [],
    asked: [],
    woken: [],
    timers: new Map(),
    held: new Set(),
    opened: new Map(),
    names: new Map(),
    peers: new Map(),
    acceptedCount: 0,
  };
}

export function start(machine: Machine): void {
  tell(machine, { kind: "started", entropy: 7, wallOffsetMs: 1_767_225_600_000 });
}

/** A new process on what the old one left in its page cache. */
export function restart(machine: Machine, config: ServerConfig = machine.server.config): Machine {
  return boot(config, filesOf(machine));
}

export function filesOf({ disk }: Machine): FileContent[] {
  return [...disk].map(([name, bytes]) => ({ name, bytes }));
}

/** Files of a server that has logged these epochs: the last zxid of each. */
export function history(
  lastZxids: readonly bigint[],
  { accepted, current }: { accepted?: number; current?: number } = {},
): FileContent[] {
  const epoch = Number((lastZxids.at(-1) ?? 0n) >> 32n);
  const currentEpoch = current ?? epoch;
  const acceptedEpoch = accepted ?? currentEpoch;
  return historyFiles({ sid: 0, lastZxids, acceptedEpoch, currentEpoch });
}

/** Something happens to the server, and whatever it sets going comes to rest. */
export function tell(machine: Machine, event: ServerEvent): void {
  const effects: ServerEffect[] = [];
  step(machine.server, event, machine.nowMs, effects);
  for (const effect of effects) {
    machine.out.push(effect);
    carryOut(machine, effect);
  }
  settle(machine);
}

export function receive(machine: Machine, conn: ConnId, message: Message): void {
  tell(machine, { kind: "received", conn, message });
}

/** Somebody connects. */
export function accept(
  machine: Machine,
  port: "election" | "quorum" | "client",
  name: string,
): ConnId {
  const conn = -++machine.acceptedCount;
  machine.names.set(conn, name);
  tell(machine, { kind: "accepted", port, conn, from: name });
  return conn;
}

/** Lets time pass; timers fire when they are due. */
export function pass(machine: Machine, ms: number): void {
  const untilMs = machine.nowMs + ms;
  for (let count = 0; ; count++) {
    if (count === 10_000) throw new Error("the timers never come to rest");
    const due = nextTimer(machine);
    if (due === null || due.dueMs > untilMs) break;
    machine.nowMs = due.dueMs;
    machine.timers.delete(`${due.timer} ${due.of}`);
    tell(machine, { kind: "fired", timer: due.timer, of: due.of });
  }
  machine.nowMs = untilMs;
}

export function hold(machine: Machine, ...what: (ThreadName | "disk")[]): void {
  for (const each of what) machine.held.add(each);
}

/** Everything that was held back goes on. */
export function release(machine: Machine): void {
  machine.held.clear();
  settle(machine);
}

/** The disk answers its oldest question, whatever is held. */
export function answerDisk(machine: Machine): void {
  const asked = machine.asked.shift();
  if (asked === undefined) throw new Error("the disk was asked nothing");
  const { disk } = machine;
  const { ticket } = asked;
  if (asked.kind === "sync") tell(machine, { kind: "synced", ticket });
  else if (asked.kind === "list") {
    const files = [...disk].map(([name, bytes]) => ({ name, lengthBytes: bytes.length }));
    tell(machine, { kind: "listed", ticket, files });
  } else {
    const files = asked.files.flatMap((name) => {
      const bytes = disk.get(name);
      return bytes === undefined ? [] : [{ name, bytes }];
    });
    tell(machine, { kind: "read", ticket, files });
  }
}

/** A held thread gets one turn. */
export function wake(machine: Machine, thread: ThreadName): void {
  const index = machine.woken.findIndex((each) => each.thread === thread);
  if (index < 0) throw new Error(`${thread} was not woken`);
  const [woken] = machine.woken.splice(index, 1);
  tell(machine, { kind: "woke", thread, of: woken!.of });
}

/** What the server said and did since a test last looked, a line each; only the kinds asked for. */
export function saidBy(machine: Machine, ...kinds: ServerEffect["kind"][]): string[] {
  return machine.out
    .splice(0)
    .filter(({ kind }) => kinds.length === 0 || kinds.includes(kind))
    .map((effect) => effectText(effect, (conn) => machine.names.get(conn) ?? `#${conn}`));
}

/** Its messages. */
export function sentBy(machine: Machine): string[] {
  return saidBy(machine, "send");
}

/** What it did to its disk, and what it said over its connections, in order. */
export function stepsOf(machine: Machine): string[] {
  return saidBy(machine, "send", ...DISK_KINDS);
}

const DISK_KINDS = [
  "append",
  "allocate",
  "write",
  "rename",
  "remove",
  "truncate",
  "sync",
  "list",
  "read",
] as const;

/** Lets nobody see what was said so far. */
export function forget(machine: Machine): void {
  machine.out.length = 0;
}

function settle(machine: Machine): void {
  for (let count = 0; ; count++) {
    if (count === 10_000) throw new Error("the server never comes to rest");
    if (machine.asked.length > 0 && !machine.held.has("disk")) {
      answerDisk(machine);
      continue;
    }
    const woken = machine.woken.find(({ thread }) => !machine.held.has(thread));
    if (woken === undefined) return;
    machine.woken.splice(machine.woken.indexOf(woken), 1);
    tell(machine, { kind: "woke", thread: woken.thread, of: woken.of });
  }
}

function carryOut(machine: Machine, effect: ServerEffect): void {
  const { disk, timers } = machine;
  switch (effect.kind) {
    case "connect":
      machine.opened.set(effect.address, effect.conn);
      machine.names.set(effect.conn, effect.address);
      break;
    case "arm": {
      const { timer, of } = effect;
      timers.set(`${timer} ${of}`, { timer, of, dueMs: machine.nowMs + effect.afterMs });
      break;
    }
    case "disarm":
      timers.delete(`${effect.timer} ${effect.of}`);
      break;
    case "wake":
      machine.woken.push({ thread: effect.thread, of: effect.of });
      break;
    case "sync":
    case "list":
    case "read":
      machine.asked.push(effect);
      break;
    case "append":
      append(
        disk,
        effect.file,
        effect.txns.map(({ record }) => record),
      );
      break;
    case "write":
      disk.set(effect.file, effect.bytes);
      break;
    case "rename": {
      const bytes = disk.get(effect.file);
      if (bytes === undefined) throw new Error(`cannot rename ${effect.file}: no such file`);
      disk.delete(effect.file);
      disk.set(effect.to, bytes);
      break;
    }
    case "remove":
      disk.delete(effect.file);
      break;
    case "truncate": {
      const bytes = disk.get(effect.file);
      if (bytes === undefined) throw new Error(`cannot truncate ${effect.file}: no such file`);
      disk.set(effect.file, bytes.slice(0, effect.lengthBytes));
      break;
    }
    default:
      break;
  }
}

function append(disk: Map<string, Uint8Array>, file: string, records: readonly Uint8Array[]): void {
  disk.set(file, concatBytes([disk.get(file) ?? new Uint8Array(0), ...records]));
}

function nextTimer({ timers }: Machine): { timer: TimerName; of: number; dueMs: number } | null {
  let next: { timer: TimerName; of: number; dueMs: number } | null = null;
  for (const timer of timers.values()) if (next === null || timer.dueMs < next.dueMs) next = timer;
  return next;
}
