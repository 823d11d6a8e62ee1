import { createClient } from "../../core/client/client.ts";
import type { ClientEvent } from "../../core/client/event.ts";
import type { ServerConfig } from "../../core/config.ts";
import type { ServerEvent } from "../../core/event.ts";
import type { Message, Port } from "../../core/message.ts";
import type { ServerToClient } from "../../core/request/operation.ts";
import { createChecks } from "../check/checks.ts";
import { createContract } from "../check/contract/contract.ts";
import { createDisk, onDiskTurn } from "../disk/disk.ts";
import { Outside } from "../kernel/clone.ts";
import { createHash } from "../kernel/hash.ts";
import { createKernel, run, schedule, type RunEnd, type Turn } from "../kernel/kernel.ts";
import { openSource } from "../kernel/source.ts";
import { createStreams, streamOf } from "../kernel/stream.ts";
import { onNetworkTurn, type Deliver } from "../network/arrival.ts";
import { createNetwork, startProcess } from "../network/network.ts";
import type { NetworkEvent } from "../network/state.ts";
import { createActor } from "../workload/actor.ts";
import { createHistory } from "../workload/history.ts";
import { stepClient, stepProgram } from "./client-process.ts";
import { THREAD_COUNT } from "./late.ts";
import { deliverToServer, onServerTurn, reviveServer } from "./server-process.ts";
import {
  isServer,
  TurnKind,
  type ClientProcess,
  type Cluster,
  type ClusterOptions,
  type ServerProcess,
} from "./state.ts";
import { asClientReads, asServerReads } from "./transcode.ts";
import { makeClock, type Clock } from "./clock.ts";
import type { Trap } from "./trap.ts";
import { createWires, type Wires } from "./wires.ts";

const TRUE_CLOCK: Clock = makeClock(0, 0);

/** An ensemble on new machines: nothing runs yet, every disk is empty. */
export function createCluster(options: ClusterOptions): Cluster {
  const { seed, character } = options;
  const kernel = createKernel({ turnsMax: options.turnsMax, untilUsMax: Infinity });
  const streams = createStreams(seed);
  const network = createNetwork<Message, Port>(kernel, streamOf(streams, "network"), {
    turnKind: TurnKind.network,
    latency: character.latency,
    retransmission: character.retransmission,
    ...(options.choices === undefined ? {} : { choices: options.choices }),
  });
  const cluster: Cluster = {
    kernel,
    streams,
    character,
    network,
    servers: [],
    clients: [],
    bySid: new Map(),
    byProcess: new Map(),
    history: createHistory(),
    contract: options.checks ? createContract() : null,
    checks: options.checks ? createChecks({ servers: options.servers }) : null,
    wires: options.bytes === true ? createWires() : null,
    hash: createHash(),
    processCount: 0,
    faults: new Map(),
    lastTrapUs: 0,
    recorder: new Outside(),
    control: new Outside(),
    serverEffects: [],
  };
  for (const config of options.servers) addServer(cluster, config, options.clocks?.get(config.sid));
  for (const plan of options.clients) addClient(cluster, plan, options);
  return cluster;
}

/** Begins the programs of all clients. */
export function startClients(cluster: Cluster): void {
  for (const process of cluster.clients) stepProgram(cluster, process, { kind: "started" });
}

/** Plans a turn of whoever runs this cluster, in exact order with everything else. */
export function controlAt(cluster: Cluster, atUs: number, action: number): void {
  schedule(cluster.kernel, atUs, TurnKind.control, 0, action);
}

/**
 * Runs up to an instant.
 *
 * @param control carries out planned control turns
 * @param afterTurn is called after every turn
 */
export function runCluster(
  cluster: Cluster,
  untilUs: number,
  control: (action: number) => void,
  afterTurn: (() => void) | null = null,
): RunEnd {
  cluster.control.value = control;
  const take = takeClusterTurn(cluster);
  const handle =
    afterTurn === null
      ? take
      : (turn: Turn) => {
          take(turn);
          afterTurn();
        };
  return run(cluster.kernel, untilUs, handle);
}

/**
 * Takes single turns of this cluster's kernel, for whoever steps it.
 *
 * @param outside hears for the processes on the network that are none of the cluster's
 */
export function takeClusterTurn(
  cluster: Cluster,
  outside: Deliver<Message, Port> = () => undefined,
): (turn: Turn) => void {
  const deliver = makeDeliver(cluster, outside);
  return (turn) => takeTurn(cluster, turn, deliver);
}

function takeTurn(cluster: Cluster, turn: Turn, deliver: Deliver<Message, Port>): void {
  switch (turn.kind) {
    case TurnKind.network:
      onNetworkTurn(cluster.network, turn, deliver);
      break;
    case TurnKind.thread:
    case TurnKind.timer:
      onServerTurn(cluster, turn.target, turn.argument, turn.payload as ServerEvent);
      break;
    case TurnKind.disk: {
      const event = onDiskTurn(turn);
      const process = cluster.byProcess.get(turn.target);
      if (event !== undefined && process !== undefined && isServer(process)) {
        deliverToServer(cluster, process, event);
      }
      break;
    }
    case TurnKind.clientTimer:
      onClientTimer(cluster, turn.target, turn.payload as Extract<ClientEvent, { kind: "fired" }>);
      break;
    case TurnKind.alarm: {
      const process = cluster.clients[turn.target];
      if (process === undefined) break;
      process.alarm = 0;
      stepProgram(cluster, process, { kind: "alarm" });
      break;
    }
    case TurnKind.revival:
      reviveServer(cluster, turn.target, turn.payload as Trap | undefined);
      break;
    case TurnKind.control:
      cluster.control.value?.(turn.argument);
      break;
    default:
      throw new Error(`no turn has kind ${turn.kind}`);
  }
}

function onClientTimer(
  cluster: Cluster,
  index: number,
  event: Extract<ClientEvent, { kind: "fired" }>,
): void {
  const process = cluster.clients[index];
  if (process === undefined) return;
  process.timers.delete(event.timer);
  stepClient(cluster, process, event);
}

function makeDeliver(cluster: Cluster, outside: Deliver<Message, Port>): Deliver<Message, Port> {
  return (processId, event, messageId) => {
    const process = cluster.byProcess.get(processId);
    if (process === undefined) {
      outside(processId, event, messageId);
      return;
    }
    const read = cluster.wires === null ? event : asRead(cluster.wires, process, event);
    if (isServer(process)) deliverToServer(cluster, process, asAccepted(read));
    else if (read.kind !== "accepted") stepClient(cluster, process, read as ClientEvent);
  };
}

/** A server knows its clients by their hosts, whatever port they come from. */
function asAccepted(event: NetworkEvent<Message, Port>): NetworkEvent<Message, Port> {
  if (event.kind !== "accepted") return event;
  return { ...event, from: event.from.slice(0, event.from.lastIndexOf(":")) };
}

/** The event as it is to a process whose messages come as bytes. */
function asRead(
  wires: Wires,
  process: ServerProcess | ClientProcess,
  event: NetworkEvent<Message, Port>,
): NetworkEvent<Message, Port> {
  if (event.kind !== "received") return event;
  const { conn, message } = event;
  return {
    kind: "received",
    conn,
    message: isServer(process)
      ? asServerReads(wires, process.processId, conn, message)
      : asClientReads(process, message as ServerToClient),
  };
}

function addServer(cluster: Cluster, config: ServerConfig, clock: Clock | undefined): void {
  const { kernel, streams, character } = cluster;
  const process: ServerProcess = {
    sid: config.sid,
    index: cluster.servers.length,
    host: serverHost(config),
    config,
    home: memberOf(config),
    disk: createDisk(kernel, streamOf(streams, `disk ${config.sid}`), {
      turnKind: TurnKind.disk,
      times: character.disk,
    }),
    clock: clock ?? TRUE_CLOCK,
    life: "new",
    server: null,
    processId: 0,
    startCount: 0,
    source: openSource(streams.seed, `server ${config.sid}`),
    wakeCounts: new Int32Array(THREAD_COUNT),
    timers: new Map(),
    stash: [],
    late: null,
    trap: null,
    backup: null,
    exit: null,
  };
  cluster.servers.push(process);
  cluster.bySid.set(config.sid, process);
}

function addClient(
  cluster: Cluster,
  plan: ClusterOptions["clients"][number],
  { seed, servers }: ClusterOptions,
): void {
  const index = cluster.clients.length;
  const processId = ++cluster.processCount;
  const host = `client-${plan.name}`;
  const addresses = servers
    .filter(({ sid }) => plan.servers.length === 0 || plan.servers.includes(sid))
    .map((config) => memberOf(config).clientAddress);
  startProcess(cluster.network, processId, host);
  const process = {
    id: -1 - index,
    index,
    name: plan.name,
    host,
    processId,
    client: createClient(addresses, plan.sessionTimeoutMs),
    actor: createActor(plan, index, seed, cluster.history),
    timers: new Map(),
    alarm: 0,
    replyXid: 0,
    sentXid: 0,
    attachedTo: 0,
  };
  cluster.clients.push(process);
  cluster.byProcess.set(processId, process);
}

/** The host that a server's election address names. Walls and power losses are between and of hosts. */
function serverHost(config: ServerConfig): string {
  const address = memberOf(config).electionAddress;
  return address.slice(0, address.lastIndexOf(":"));
}

function memberOf(config: ServerConfig): ServerConfig["members"][number] {
  const member = config.members.find(({ sid }) => sid === config.sid);
  if (member === undefined) throw new Error(`server ${config.sid} is not in its own configuration`);
  return member;
}
