import {
  cancel,
  createKernel,
  run,
  schedule,
  type Budget,
  type Kernel,
  type RunEnd,
  type Turn,
  UNLIMITED,
} from "../../sim/kernel/kernel.ts";
import type { Handle } from "../../sim/kernel/event-queue.ts";
import { makeTable, openStream, type DrawTable } from "../../sim/kernel/stream.ts";
import { onNetworkTurn } from "../../sim/network/arrival.ts";
import { crashProcess } from "../../sim/network/failure.ts";
import { heal } from "../../sim/network/link.ts";
import {
  close,
  connect,
  createNetwork,
  listen,
  send,
  startProcess,
} from "../../sim/network/network.ts";
import { raiseWalls, split } from "../../sim/network/partition.ts";
import type { Network, NetworkEvent } from "../../sim/network/state.ts";

/**
 * A protocol: what a node does with an event, and what it knows when it begins. State is plain data, changed in
 * place; `Kept` is what survives a crash.
 */
export type Protocol<State, Message, Kept = never> = {
  /** @param kept what the node stored last, before its crash; undefined when it never did */
  readonly create: (node: string, kept: Kept | undefined) => State;
  readonly step: (state: State, event: NodeEvent<Message>) => readonly NodeEffect<Message, Kept>[];
};

export type NodeEvent<Message> =
  /** First of all, and again after a crash. */
  | { readonly kind: "started" }
  | { readonly kind: "received"; readonly from: string; readonly message: Message }
  | { readonly kind: "fired"; readonly timer: string };

/** Carried out in order; an effect that must not be seen before something is on the disk stands behind its `store`. */
export type NodeEffect<Message, Kept = never> =
  /** In order, and not lost while both ends live and can talk. */
  | { readonly kind: "send"; readonly to: string; readonly message: Message }
  /** Replaces a timer of that name. */
  | { readonly kind: "arm"; readonly timer: string; readonly afterMs: number }
  | { readonly kind: "disarm"; readonly timer: string }
  /** Replaces what was stored before. */
  | { readonly kind: "store"; readonly kept: Kept };

/** What befalls the nodes. A schedule of these is data. */
export type Fault =
  | { readonly atMs: number; readonly do: "crash" | "restart"; readonly node: string }
  /** Nothing passes between two groups; nodes in none are left alone. */
  | {
      readonly atMs: number;
      readonly do: "partition";
      readonly groups: readonly (readonly string[])[];
    }
  | { readonly atMs: number; readonly do: "heal" };

export type WorldSettings<State, Message, Kept> = {
  readonly seed: string;
  readonly nodes: readonly string[];
  readonly protocol: Protocol<State, Message, Kept>;
  readonly faults?: readonly Fault[];
  /** µs from sender to receiver; 0.2 … 1 ms unless set. */
  readonly latency?: DrawTable;
  readonly budget?: Budget;
};

export type Node<State, Message, Kept> = {
  readonly name: string;
  isUp: boolean;
  state: State;
  kept: Kept | undefined;
  /** The present incarnation, as the network knows it. */
  processId: number;
  connCount: number;
  readonly timers: Map<string, Handle>;
  /** Connections that it opened, by whom they lead to. */
  readonly outgoing: Map<string, Outgoing<Message>>;
  /** Who is at the other end of each connection. */
  readonly peers: Map<number, string>;
};

/** `waiting`: what is sent as soon as it is open. */
type Outgoing<Message> = { readonly conn: number; isOpen: boolean; readonly waiting: Message[] };

/** Nodes that run a protocol. Plain data but for the protocol itself: a clone of `kernel`, `network` and `nodes` is a fork. */
export type World<State, Message, Kept = never> = {
  readonly protocol: Protocol<State, Message, Kept>;
  readonly kernel: Kernel;
  readonly network: Network<Message, string>;
  readonly nodes: ReadonlyMap<string, Node<State, Message, Kept>>;
  processCount: number;
};

/** Whose turn it is. */
const NETWORK = 0;
const TIMER = 1;
const FAULT = 2;
const START = 3;

const LATENCY: DrawTable = makeTable([
  [9, 200, 1000],
  [1, 1000, 5000],
]);
/** µs after which what waited at a partition is sent again. */
const RETRANSMISSION: DrawTable = makeTable([[1, 1000, 200_000]]);
const PORT = "1";

export function createWorld<State, Message, Kept = never>(
  settings: WorldSettings<State, Message, Kept>,
): World<State, Message, Kept> {
  const { protocol, seed } = settings;
  const kernel = createKernel(settings.budget ?? UNLIMITED);
  const network = createNetwork<Message, string>(kernel, openStream(seed, "network"), {
    turnKind: NETWORK,
    latency: settings.latency ?? LATENCY,
    retransmission: RETRANSMISSION,
  });
  const nodes = new Map(settings.nodes.map((name) => [name, createNode(protocol, name)]));
  for (const name of nodes.keys()) schedule(kernel, 0, START, 0, 0, name);
  for (const fault of settings.faults ?? []) {
    schedule(kernel, Math.round(fault.atMs * 1000), FAULT, 0, 0, fault);
  }
  return { protocol, kernel, network, nodes, processCount: 0 };
}

/**
 * Goes on up to an instant.
 *
 * @param look is called after every event: the place for checks
 * @returns "drained" when nothing can happen any more
 */
export function runWorld<State, Message, Kept>(
  world: World<State, Message, Kept>,
  untilMs: number,
  look?: (world: World<State, Message, Kept>) => void,
): RunEnd {
  return run(world.kernel, untilMs * 1000, (turn) => {
    onTurn(world, turn);
    look?.(world);
  });
}

/** @throws RangeError when there is none of that name */
export function nodeOf<State, Message, Kept>(
  world: World<State, Message, Kept>,
  name: string,
): Node<State, Message, Kept> {
  const node = world.nodes.get(name);
  if (node === undefined) throw new RangeError(`there is no node "${name}"`);
  return node;
}

function createNode<State, Message, Kept>(
  protocol: Protocol<State, Message, Kept>,
  name: string,
): Node<State, Message, Kept> {
  return {
    name,
    isUp: false,
    state: protocol.create(name, undefined),
    kept: undefined,
    processId: 0,
    connCount: 0,
    timers: new Map(),
    outgoing: new Map(),
    peers: new Map(),
  };
}

function onTurn<State, Message, Kept>(world: World<State, Message, Kept>, turn: Turn): void {
  switch (turn.kind) {
    case NETWORK:
      onNetworkTurn(world.network, turn, (processId, event) => {
        for (const node of world.nodes.values()) {
          if (node.isUp && node.processId === processId) onNetworkEvent(world, node, event);
        }
      });
      break;
    case TIMER: {
      const { name, timer } = turn.payload as { name: string; timer: string };
      const node = nodeOf(world, name);
      node.timers.delete(timer);
      deliver(world, node, { kind: "fired", timer });
      break;
    }
    case FAULT:
      strike(world, turn.payload as Fault);
      break;
    case START:
      start(world, nodeOf(world, turn.payload as string));
      break;
  }
}

function strike<State, Message, Kept>(world: World<State, Message, Kept>, fault: Fault): void {
  switch (fault.do) {
    case "crash":
      crash(world, nodeOf(world, fault.node));
      break;
    case "restart":
      crash(world, nodeOf(world, fault.node));
      start(world, nodeOf(world, fault.node));
      break;
    case "partition":
      raiseWalls(world.network, split(fault.groups));
      break;
    case "heal":
      heal(world.network);
      break;
  }
}

function start<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
): void {
  node.isUp = true;
  node.processId = ++world.processCount;
  node.state = world.protocol.create(node.name, node.kept);
  startProcess(world.network, node.processId, node.name);
  listen(world.network, node.processId, `${node.name}:${PORT}`, PORT);
  deliver(world, node, { kind: "started" });
}

/** What it knew and had not stored is gone; what it had sent arrives. */
function crash<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
): void {
  if (!node.isUp) return;
  node.isUp = false;
  crashProcess(world.network, node.processId, { losesSent: false });
  for (const timer of node.timers.values()) cancel(world.kernel, timer);
  node.timers.clear();
  node.outgoing.clear();
  node.peers.clear();
}

function onNetworkEvent<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
  event: NetworkEvent<Message, string>,
): void {
  switch (event.kind) {
    case "accepted":
      node.peers.set(event.conn, event.from.slice(0, event.from.lastIndexOf(":")));
      break;
    case "connected":
      onConnected(world, node, event.conn);
      break;
    case "received": {
      const from = node.peers.get(event.conn);
      if (from !== undefined) {
        deliver(world, node, { kind: "received", from, message: event.message });
      }
      break;
    }
    case "disconnected": {
      const peer = node.peers.get(event.conn);
      node.peers.delete(event.conn);
      if (peer !== undefined && node.outgoing.get(peer)?.conn === event.conn) {
        node.outgoing.delete(peer);
      }
      break;
    }
  }
}

function onConnected<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
  conn: number,
): void {
  const peer = node.peers.get(conn);
  const outgoing = peer === undefined ? undefined : node.outgoing.get(peer);
  if (outgoing === undefined) return close(world.network, node.processId, conn);
  outgoing.isOpen = true;
  for (const message of outgoing.waiting) send(world.network, node.processId, conn, message);
  outgoing.waiting.length = 0;
}

function deliver<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
  event: NodeEvent<Message>,
): void {
  for (const effect of world.protocol.step(node.state, event)) carryOut(world, node, effect);
}

function carryOut<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
  effect: NodeEffect<Message, Kept>,
): void {
  switch (effect.kind) {
    case "send":
      sendTo(world, node, effect.to, effect.message);
      break;
    case "arm":
      disarm(world, node, effect.timer);
      node.timers.set(effect.timer, arm(world.kernel, node.name, effect.timer, effect.afterMs));
      break;
    case "disarm":
      disarm(world, node, effect.timer);
      break;
    case "store":
      node.kept = effect.kept;
      break;
  }
}

function arm(kernel: Kernel, name: string, timer: string, afterMs: number): Handle {
  return schedule(kernel, kernel.nowUs + Math.round(afterMs * 1000), TIMER, 0, 0, { name, timer });
}

function disarm<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
  timer: string,
): void {
  const handle = node.timers.get(timer);
  if (handle !== undefined) cancel(world.kernel, handle);
  node.timers.delete(timer);
}

/** One connection to each other node, opened with the first message to it and again after it broke. */
function sendTo<State, Message, Kept>(
  world: World<State, Message, Kept>,
  node: Node<State, Message, Kept>,
  to: string,
  message: Message,
): void {
  const { network } = world;
  nodeOf(world, to);
  let outgoing = node.outgoing.get(to);
  if (outgoing === undefined) {
    outgoing = { conn: ++node.connCount, isOpen: false, waiting: [] };
    node.outgoing.set(to, outgoing);
    node.peers.set(outgoing.conn, to);
    connect(network, node.processId, outgoing.conn, `${to}:${PORT}`);
  }
  if (outgoing.isOpen) send(network, node.processId, outgoing.conn, message);
  else outgoing.waiting.push(message);
}
