import { randomInt } from "node:crypto";
import type { Socket } from "node:net";
import type { ServerConfig } from "../../core/config.ts";
import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent, ThreadName } from "../../core/event.ts";
import type { ConnId, Port } from "../../core/message.ts";
import type { Identity } from "../../core/tree/acl.ts";
import { createServer, type Server } from "../../core/server-state.ts";
import { step } from "../../core/server.ts";
import type { Disk } from "../disk/disk.ts";
import { createChannel, hangUp, LINGER_MS, type Channel, type Speech } from "../net/channel.ts";
import { nowMs, type Clock } from "./clock.ts";
import { createOutgoing, flush, say, takeBytes, type Outgoing } from "./outgoing.ts";
import { armTimer, disarmAll, disarmTimer, type Timers } from "./timers.ts";

/** What the core is given to talk to: the rest of the world, as far as it is not the same for everybody. */
export type World = {
  readonly disk: Disk;
  /** Opens a socket to `address`; its channel is told `connected` or `disconnected`. */
  readonly connect: (channel: ConnId, port: Port, address: string) => Socket;
  readonly speechOf: (channel: Channel, opened: boolean) => Speech;
  readonly listen: (port: Port) => void;
  readonly unlisten: (port: Port) => void;
  /** Hears everything that the core says about itself, and what it did not understand. */
  readonly observe: (effect: ServerEffect) => void;
  readonly fault: (channel: Channel, error: Error) => void;
  /** The core, or what carries out its wishes, threw: nobody knows what it is worth now. The runtime is over. */
  readonly broken: (event: ServerEvent, error: unknown) => void;
  readonly exited: (code: number, reason: string) => void;
};

/**
 * One core on the machine's clock, disk and sockets. Events go in one at a time; threads that the core wakes run,
 * and what it wrote goes out, once everything that had arrived by then is in: one turn of the event loop.
 */
export type Runtime = {
  readonly server: Server;
  readonly clock: Clock;
  readonly world: World;
  readonly channels: Map<ConnId, Channel>;
  readonly timers: Timers;
  /** Threads to run, in the order in which they were woken; the patient ones one step a turn. */
  readonly woken: Woke[];
  readonly patient: Woke[];
  readonly outgoing: Outgoing;
  readonly resuming: Channel[];
  readonly spare: ServerEffect[][];
  turnScheduled: boolean;
  nextAccepted: ConnId;
  over: boolean;
};

type Woke = Extract<ServerEvent, { kind: "woke" }>;

const ENTROPY_MAX = 2 ** 32 - 1;

export function createRuntime(config: ServerConfig, clock: Clock, world: World): Runtime {
  return {
    server: createServer(config),
    clock,
    world,
    channels: new Map(),
    timers: new Map(),
    woken: [],
    patient: [],
    outgoing: createOutgoing(),
    resuming: [],
    spare: [],
    turnScheduled: false,
    nextAccepted: -1,
    over: false,
  };
}

/** The process starts. */
export function start(runtime: Runtime): void {
  const entropy = randomInt(0, ENTROPY_MAX);
  dispatch(runtime, { kind: "started", entropy, wallOffsetMs: runtime.clock.wallOffsetMs });
}

/**
 * One event: the core takes it, and what it asks for is done or begun. Where that throws, the state of the core is
 * worth nothing any more, so nothing of what it wanted last is done, and the server ends.
 */
export function dispatch(runtime: Runtime, event: ServerEvent): void {
  if (runtime.over) return;
  const out = runtime.spare.pop() ?? [];
  try {
    step(runtime.server, event, nowMs(runtime.clock), out);
    for (let i = 0; i < out.length; i++) perform(runtime, out[i] as ServerEffect);
  } catch (error) {
    runtime.world.broken(event, error);
    return;
  }
  out.length = 0;
  runtime.spare.push(out);
  if (!runtime.turnScheduled && hasWork(runtime)) scheduleTurn(runtime);
}

/** Somebody connected to one of our ports, and has proved `identities` by that alone. */
export function accepted(
  runtime: Runtime,
  port: Port,
  socket: Socket,
  from: string,
  identities: readonly Identity[],
): void {
  if (runtime.over) {
    socket.destroy();
    return;
  }
  const conn = runtime.nextAccepted--;
  const channel = adopt(runtime, conn, port, socket, false);
  dispatch(runtime, { kind: "accepted", port, conn: channel.conn, from, identities });
}

/** Everything ends at once: nothing is told to the core any more. */
export function shutDown(runtime: Runtime): void {
  runtime.over = true;
  disarmAll(runtime.timers);
  for (const channel of runtime.channels.values()) {
    channel.closed = true;
    channel.backlog = null;
    hangUp(channel, takeBytes(runtime.outgoing, channel));
  }
  runtime.channels.clear();
}

/** Ends a connection from here, with some last bytes of another kind than the core's. */
export function dismiss(runtime: Runtime, channel: Channel, bytes: Uint8Array): void {
  if (channel.closed) return;
  forget(runtime, channel);
  hangUp(channel, bytes);
  dispatch(runtime, { kind: "disconnected", conn: channel.conn });
}

/** Has {@link Speech.resume} of a channel called at the end of the turn. */
export function resumeLater(runtime: Runtime, channel: Channel): void {
  runtime.resuming.push(channel);
  if (!runtime.turnScheduled) scheduleTurn(runtime);
}

function perform(runtime: Runtime, effect: ServerEffect): void {
  switch (effect.kind) {
    case "send": {
      const channel = runtime.channels.get(effect.conn);
      if (channel !== undefined) say(runtime.outgoing, channel, effect.message);
      break;
    }
    case "wake":
      wake(runtime, effect.thread, effect.of);
      break;
    case "append":
    case "extend":
    case "allocate":
    case "write":
    case "rename":
    case "remove":
    case "truncate":
    case "sync":
    case "list":
    case "read":
      runtime.world.disk.perform(effect);
      break;
    case "arm": {
      const { timer, of, afterMs } = effect;
      armTimer(runtime.timers, timer, of, afterMs, () => {
        dispatch(runtime, { kind: "fired", timer, of });
      });
      break;
    }
    case "disarm":
      disarmTimer(runtime.timers, effect.timer, effect.of);
      break;
    case "close":
      close(runtime, effect.conn);
      break;
    case "pauseReading":
    case "resumeReading":
      pause(runtime, effect.conn, effect.kind === "pauseReading");
      break;
    case "connect": {
      const socket = runtime.world.connect(effect.conn, effect.port, effect.address);
      adopt(runtime, effect.conn, effect.port, socket, true);
      break;
    }
    case "listen":
      runtime.world.listen(effect.port);
      break;
    case "unlisten":
      runtime.world.unlisten(effect.port);
      break;
    case "exit":
      runtime.world.observe(effect);
      runtime.world.exited(effect.code, effect.reason);
      break;
    default:
      runtime.world.observe(effect);
  }
}

function adopt(
  runtime: Runtime,
  conn: ConnId,
  port: Port,
  socket: Socket,
  opened: boolean,
): Channel {
  const channel = createChannel(conn, port, socket);
  const speech = runtime.world.speechOf(channel, opened);
  channel.speech = speech;
  runtime.channels.set(conn, channel);
  socket.on("data", (chunk: Buffer) => {
    if (channel.closed) return;
    hear(runtime, channel, () => {
      speech.hear(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
    });
  });
  if (opened) {
    socket.once("connect", () => {
      if (!channel.closed) dispatch(runtime, { kind: "connected", conn });
    });
  }
  socket.on("drain", () => {
    drained(runtime, channel);
  });
  socket.on("end", () => {
    if (!channel.answering) lost(runtime, channel);
  });
  socket.on("error", () => {});
  socket.on("close", () => lost(runtime, channel));
  return channel;
}

/** The other side is gone, or has said something that nobody can understand. */
function lost(runtime: Runtime, channel: Channel): void {
  if (channel.closed) return;
  forget(runtime, channel);
  channel.socket.destroy();
  dispatch(runtime, { kind: "disconnected", conn: channel.conn });
}

/** The other side has read what it was sent. */
function drained(runtime: Runtime, channel: Channel): void {
  if (!channel.choked) return;
  channel.choked = false;
  const { waiting } = channel;
  channel.waiting = null;
  if (waiting !== null) dispatch(runtime, waiting);
  if (channel.backlog !== null) {
    runtime.outgoing.dirty.push(channel);
    if (!runtime.turnScheduled) scheduleTurn(runtime);
  } else if (channel.port === "client") listenAgain(runtime, channel);
}

/**
 * What a connection says is understood or not; that is its own affair. What the core does with it is not: see
 * {@link dispatch}, which lets nothing through.
 */
function hear(runtime: Runtime, channel: Channel, listen: () => void): void {
  try {
    listen();
  } catch (error) {
    runtime.world.fault(channel, error as Error);
    lost(runtime, channel);
  }
}

function listenAgain(runtime: Runtime, channel: Channel): void {
  if (channel.closed || channel.paused || channel.choked || channel.backlog !== null) return;
  if (channel.speech === null) return;
  const { speech } = channel;
  hear(runtime, channel, () => {
    speech.resume();
  });
}

function close(runtime: Runtime, conn: ConnId): void {
  const channel = runtime.channels.get(conn);
  if (channel === undefined) return;
  forget(runtime, channel);
  if (channel.backlog === null) hangUp(channel, takeBytes(runtime.outgoing, channel));
  else linger(channel);
}

/** What was said before the end goes out, if it is taken in time. */
function linger(channel: Channel): void {
  const { socket } = channel;
  channel.lingering = true;
  const giveUp = setTimeout(() => socket.destroy(), LINGER_MS);
  socket.once("close", () => {
    clearTimeout(giveUp);
  });
}

/** A server that has too much to do listens to some of its clients later. */
function pause(runtime: Runtime, conn: ConnId, paused: boolean): void {
  const channel = runtime.channels.get(conn);
  if (channel === undefined) return;
  channel.paused = paused;
  if (paused) channel.socket.pause();
  else resumeLater(runtime, channel);
}

function forget(runtime: Runtime, channel: Channel): void {
  channel.closed = true;
  channel.speech?.gone();
  runtime.channels.delete(channel.conn);
}

function wake(runtime: Runtime, thread: ThreadName, of: number): void {
  const patient = thread === "snapshot" || thread === "handler";
  (patient ? runtime.patient : runtime.woken).push({ kind: "woke", thread, of });
}

function hasWork(runtime: Runtime): boolean {
  return (
    runtime.woken.length > 0 || runtime.outgoing.dirty.length > 0 || runtime.patient.length > 0
  );
}

function scheduleTurn(runtime: Runtime): void {
  runtime.turnScheduled = true;
  setImmediate(() => {
    turn(runtime);
  });
}

/** Runs what was woken, lets every patient thread take a step, and writes what was said. */
function turn(runtime: Runtime): void {
  const { woken, patient, resuming } = runtime;
  for (const channel of resuming.splice(0)) listenAgain(runtime, channel);
  runWoken(runtime);
  for (let left = patient.length; left > 0; left--) takePatient(runtime, patient.shift() as Woke);
  runWoken(runtime);
  for (const channel of runtime.outgoing.dirty.splice(0)) write(runtime, channel);
  runtime.turnScheduled = false;
  if (!runtime.over && (woken.length + resuming.length > 0 || hasWork(runtime))) {
    scheduleTurn(runtime);
  }
}

/** One step of a long work. What it writes to somebody waits until he has read what he was sent. */
function takePatient(runtime: Runtime, woke: Woke): void {
  const channel = woke.thread === "handler" ? runtime.channels.get(woke.of) : undefined;
  if (channel?.choked === true) channel.waiting = woke;
  else dispatch(runtime, woke);
}

function runWoken(runtime: Runtime): void {
  const { woken } = runtime;
  for (let i = 0; i < woken.length; i++) dispatch(runtime, woken[i] as Woke);
  woken.length = 0;
}

/** Writes what was said to somebody in this turn, and goes on with what had to wait. */
function write(runtime: Runtime, channel: Channel): void {
  const hadBacklog = channel.backlog !== null;
  switch (flush(runtime.outgoing, channel)) {
    case "tooMuch":
      lost(runtime, channel);
      break;
    case "written":
      if (!hadBacklog || channel.backlog !== null) break;
      if (channel.lingering) hangUp(channel, null);
      else runtime.resuming.push(channel);
      break;
  }
}
