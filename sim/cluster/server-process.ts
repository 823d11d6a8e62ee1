import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent, ThreadName, TimerName } from "../../core/event.ts";
import type { ServerConfig } from "../../core/config.ts";
import { readConfiguration } from "../../core/ensemble/configuration.ts";
import { createServer } from "../../core/server-state.ts";
import { step } from "../../core/server.ts";
import type { Txn } from "../../core/txn.ts";
import { followCommitted } from "../check/contract/committed.ts";
import { checkTurn, serverCrashed } from "../check/turn.ts";
import {
  allocate,
  append,
  list,
  read,
  remove,
  rename,
  sync,
  truncate,
  write,
} from "../disk/disk.ts";
import { endProcess, losePower, type Leaves } from "../disk/failure.ts";
import { refuses } from "../disk/trouble.ts";
import { cancel, schedule } from "../kernel/kernel.ts";
import { drawAt, wordAt } from "../kernel/source.ts";
import { crashProcess, powerOff, powerOn } from "../network/failure.ts";
import { close, connect, listen, send, startProcess, unlisten } from "../network/network.ts";
import { messageCode } from "../trace/message-code.ts";
import { mixEvent, mixTurn } from "./hashing.ts";
import { localMs, spanUs } from "./clock.ts";
import { lateUs, THREAD_CODES, THREAD_COUNT, TIMER_CODES, timerPoint } from "./late.ts";
import { endsAfter, type Trap } from "./trap.ts";
import { TurnKind, WALL_START_MS, type Cluster, type ServerProcess } from "./state.ts";

/** Starts a new process on a server's host. Nothing happens where one is running. */
export function startServerProcess(cluster: Cluster, process: ServerProcess): void {
  if (process.life === "running" || process.life === "paused") return;
  process.life = "running";
  process.exit = null;
  process.server = createServer(process.config);
  process.processId = ++cluster.processCount;
  process.startCount++;
  process.wakeCounts.fill(0);
  cluster.byProcess.set(process.processId, process);
  powerOn(cluster.network, process.host);
  startProcess(cluster.network, process.processId, process.host);
  cluster.recorder.value?.serverStarted(cluster, process);
  const entropy = wordAt(process.source, 0, process.startCount);
  const wallOffsetMs = WALL_START_MS + process.clock.offsetMs;
  stepServer(cluster, process, { kind: "started", entropy, wallOffsetMs });
}

/** Ends a server's process at once; with the power, what its disk had not synced may go as well. */
export function crashServerProcess(
  cluster: Cluster,
  process: ServerProcess,
  options: {
    readonly power: boolean;
    readonly losesSent: boolean;
    /** With the power: what is left of what was not synced; drawn unless set. */
    readonly leaves?: Leaves;
  },
): void {
  if (process.server === null) return;
  const { power, leaves = "drawn" } = options;
  if (power) {
    powerOff(cluster.network, process.host, options);
    losePower(process.disk, leaves);
  } else {
    crashProcess(cluster.network, process.processId, options);
    endProcess(process.disk);
  }
  forgetProcess(cluster, process);
  if (cluster.checks !== null) serverCrashed(cluster.checks, process.sid);
  cluster.recorder.value?.serverCrashed(cluster, process, power);
}

/** A server that a trap ended is started again, perhaps into the next trap. */
export function reviveServer(cluster: Cluster, sid: number, next: Trap | undefined): void {
  const process = cluster.bySid.get(sid);
  if (process === undefined || process.server !== null) return;
  process.trap = next ?? null;
  cluster.lastTrapUs = cluster.kernel.nowUs;
  startServerProcess(cluster, process);
}

function spring(cluster: Cluster, process: ServerProcess, trap: Trap): void {
  const { kernel, faults } = cluster;
  const { power, leaves, backUs, times, nth } = trap;
  process.trap = null;
  cluster.lastTrapUs = kernel.nowUs;
  const fault = power ? "power loss at an event" : "crash at an event";
  faults.set(fault, (faults.get(fault) ?? 0) + 1);
  crashServerProcess(cluster, process, { power, losesSent: power, leaves });
  if (backUs === null) return;
  const next = times > 1 ? { ...trap, left: nth, times: times - 1 } : undefined;
  schedule(kernel, kernel.nowUs + backUs, TurnKind.revival, process.sid, 0, next);
}

/** The process stands still: what comes for it waits. */
export function pauseServerProcess(cluster: Cluster, process: ServerProcess): void {
  if (process.life !== "running") return;
  process.life = "paused";
  cluster.recorder.value?.serverPaused(cluster, process, true);
}

export function resumeServerProcess(cluster: Cluster, process: ServerProcess): void {
  if (process.life !== "paused") return;
  process.life = "running";
  cluster.recorder.value?.serverPaused(cluster, process, false);
  for (const event of process.stash.splice(0)) {
    if (process.server !== null) stepServer(cluster, process, event);
  }
}

/** Takes an event to a server: now, or once it goes on. */
export function deliverToServer(
  cluster: Cluster,
  process: ServerProcess,
  event: ServerEvent,
): void {
  if (process.life === "paused") process.stash.push(event);
  else if (process.server !== null) stepServer(cluster, process, event);
}

/** A timer or a thread of a process is due; those of an earlier process are void. */
export function onServerTurn(
  cluster: Cluster,
  sid: number,
  processId: number,
  event: ServerEvent,
): void {
  const process = cluster.bySid.get(sid);
  if (process === undefined || process.processId !== processId) return;
  if (event.kind === "fired") process.timers.delete(timerKey(event.timer, event.of));
  deliverToServer(cluster, process, event);
}

function stepServer(cluster: Cluster, process: ServerProcess, event: ServerEvent): void {
  const { server } = process;
  if (server === null) return;
  const { kernel, hash, checks, serverEffects: effects } = cluster;
  effects.length = 0;
  step(server, event, localMs(process.clock, kernel.nowUs), effects);
  const { trap } = process;
  const cut = trap === null ? -1 : endsAfter(trap, kernel.nowUs, effects, effects.length);
  const count = cut < 0 ? effects.length : cut;
  mixTurn(hash, kernel.nowUs, process.sid, EVENT_CODES[event.kind], count);
  mixEvent(hash, event);
  const recorder = cluster.recorder.value;
  if (recorder !== undefined && !isRoutine(event)) recorder.serverHeard(process, event);
  if (checks !== null) {
    const { turnCount, nowUs } = kernel;
    const face = cut < 0 ? server : null;
    checkTurn(checks, turnCount, nowUs, process.sid, face, event, effects, count);
    if (cluster.contract !== null) followCommitted(checks, cluster.contract, cluster.history);
  }
  const { disk } = process;
  for (let index = 0; index < count; index++) {
    const effect = effects[index] as ServerEffect;
    const isInTrouble = disk.trouble !== "none" || disk.failed;
    if (isInTrouble && refuses(disk, process.processId, effect.kind)) continue;
    carryOut(cluster, process, effect);
  }
  if (trap !== null && cut >= 0) spring(cluster, process, trap);
  if (recorder !== undefined && !changesOnlyData(event)) recorder.serverStepped(process);
}

/** Messages have rows of their own, and threads and disks have none. */
function isRoutine({ kind }: ServerEvent): boolean {
  return kind === "received" || kind === "woke" || kind === "synced";
}

/** The turns of these threads never change what a server is, only what it holds. */
function changesOnlyData(event: ServerEvent): boolean {
  return event.kind === "woke" && (event.thread === "commit" || event.thread === "logger");
}

const EVENT_CODES: Record<ServerEvent["kind"], number> = {
  received: 1,
  woke: 2,
  synced: 3,
  fired: 4,
  accepted: 5,
  connected: 6,
  disconnected: 7,
  started: 8,
  listed: 9,
  read: 10,
  diskFailed: 11,
  stopped: 12,
  clockSet: 13,
};

function carryOut(cluster: Cluster, process: ServerProcess, effect: ServerEffect): void {
  const { network } = cluster;
  const { disk, processId } = process;
  switch (effect.kind) {
    case "send":
      send(network, processId, effect.conn, effect.message, messageCode(effect.message));
      break;
    case "wake":
      wake(cluster, process, effect.thread, effect.of);
      break;
    case "arm":
      cluster.recorder.value?.serverDid(process, effect);
      arm(cluster, process, effect.timer, effect.of, effect.afterMs);
      break;
    case "disarm":
      cluster.recorder.value?.serverDid(process, effect);
      disarm(cluster, process, effect.timer, effect.of);
      break;
    case "append":
      cluster.recorder.value?.serverDid(process, effect);
      append(disk, effect.file, recordsOf(effect.txns));
      break;
    case "sync":
      sync(disk, processId, effect.files, effect.ticket);
      break;
    case "connect":
      connect(network, processId, effect.conn, effect.address);
      break;
    case "close":
      close(network, processId, effect.conn);
      break;
    case "pauseReading":
    case "resumeReading":
      // The simulated network has no buffers that could run over.
      break;
    case "listen":
      listen(network, processId, addressOf(process, effect.port), effect.port);
      break;
    case "unlisten":
      unlisten(network, processId, addressOf(process, effect.port));
      break;
    case "allocate":
      allocate(disk, effect.file, effect.lengthBytes);
      break;
    case "write":
      write(disk, effect.file, effect.bytes);
      break;
    case "extend":
      append(disk, effect.file, [effect.bytes]);
      break;
    case "rename":
      rename(disk, effect.file, effect.to);
      break;
    case "remove":
      remove(disk, effect.file);
      break;
    case "truncate":
      truncate(disk, effect.file, effect.lengthBytes);
      break;
    case "list":
      list(disk, processId, effect.ticket);
      break;
    case "read":
      read(disk, processId, effect.files, effect.ticket);
      break;
    case "configured":
      process.config = configured(process.config, effect);
      break;
    case "exit":
      exit(cluster, process, effect.code, effect.reason);
      break;
    default:
      // What a server says about itself: for checks and traces only.
      cluster.recorder.value?.serverDid(process, effect);
      break;
  }
}

/** The process ends by itself: its connections close as those of any ending process do. */
function exit(cluster: Cluster, process: ServerProcess, code: number, reason: string): void {
  if (process.server === null) return;
  crashProcess(cluster.network, process.processId, { losesSent: false });
  // What a disk fails to write the page cache forgets.
  if (process.disk.failed && process.disk.trouble === "failing") losePower(process.disk, "drawn");
  else endProcess(process.disk);
  forgetProcess(cluster, process);
  process.exit = { code, reason };
  if (cluster.checks !== null) serverCrashed(cluster.checks, process.sid);
  cluster.recorder.value?.serverCrashed(cluster, process, false);
}

function forgetProcess(cluster: Cluster, process: ServerProcess): void {
  cluster.byProcess.delete(process.processId);
  for (const handle of process.timers.values()) cancel(cluster.kernel, handle);
  process.timers.clear();
  process.stash.length = 0;
  process.server = null;
  process.processId = 0;
  process.life = "down";
}

const WOKE_ALONE: Record<ThreadName, ServerEvent> = {
  prep: Object.freeze({ kind: "woke", thread: "prep", of: 0 }),
  logger: Object.freeze({ kind: "woke", thread: "logger", of: 0 }),
  commit: Object.freeze({ kind: "woke", thread: "commit", of: 0 }),
  handler: Object.freeze({ kind: "woke", thread: "handler", of: 0 }),
  snapshot: Object.freeze({ kind: "woke", thread: "snapshot", of: 0 }),
};

function wake(cluster: Cluster, process: ServerProcess, thread: ThreadName, of: number): void {
  const { kernel, character } = cluster;
  const { source, startCount, wakeCounts } = process;
  const code = THREAD_CODES[thread];
  const place = startCount * THREAD_COUNT + code;
  const soonUs = drawAt(source, place, wakeCounts[code]!++, character.threads);
  const atUs = kernel.nowUs + soonUs + lateUs(process.late, startCount, code);
  const event = of === 0 ? WOKE_ALONE[thread] : ({ kind: "woke", thread, of } as const);
  schedule(kernel, atUs, TurnKind.thread, process.sid, process.processId, event);
}

function arm(
  cluster: Cluster,
  process: ServerProcess,
  timer: TimerName,
  of: number,
  afterMs: number,
): void {
  const key = timerKey(timer, of);
  const { kernel } = cluster;
  const former = process.timers.get(key);
  if (former !== undefined) cancel(kernel, former);
  const afterUs =
    spanUs(process.clock, afterMs) + lateUs(process.late, process.startCount, timerPoint(timer));
  const event: ServerEvent = { kind: "fired", timer, of };
  const handle = schedule(
    kernel,
    kernel.nowUs + afterUs,
    TurnKind.timer,
    process.sid,
    process.processId,
    event,
  );
  process.timers.set(key, handle);
}

function disarm(cluster: Cluster, process: ServerProcess, timer: TimerName, of: number): void {
  const key = timerKey(timer, of);
  const handle = process.timers.get(key);
  if (handle === undefined) return;
  cancel(cluster.kernel, handle);
  process.timers.delete(key);
}

/** One small integer for a timer and whose it is; connection numbers stay below 2^26. */
function timerKey(timer: TimerName, of: number): number {
  return of * 16 + TIMER_CODES[timer];
}

function addressOf(process: ServerProcess, port: "election" | "quorum" | "client"): string {
  const own = process.config.members.find(({ sid }) => sid === process.sid) ?? process.home;
  if (port === "election") return own.electionAddress;
  return port === "quorum" ? own.quorumAddress : own.clientAddress;
}

/** The configuration that the next process will find: the files of one are durable at once. */
function configured(
  config: ServerConfig,
  { text, committed }: Extract<ServerEffect, { kind: "configured" }>,
): ServerConfig {
  const read = committed ? readConfiguration(text) : null;
  if (read === null) return { ...config, nextText: text };
  const { members, quorum, version } = read;
  return { ...config, members, quorum, version };
}

function recordsOf(txns: readonly Txn[]): Uint8Array[] {
  const records: Uint8Array[] = [];
  for (const txn of txns) records.push(txn.record);
  return records;
}
