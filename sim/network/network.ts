import { Outside } from "../kernel/clone.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { DrawTable, Stream } from "../kernel/stream.ts";
import { createEndPair, FIN, lose, ship, SYN } from "./end.ts";
import { hostOf, linkBetween } from "./link.ts";
import type { Choices, Network, Process } from "./state.ts";

export function createNetwork<M, P>(
  kernel: Kernel,
  stream: Stream,
  settings: {
    readonly turnKind: number;
    readonly latency: DrawTable;
    readonly retransmission: DrawTable;
    /** None unless set. */
    readonly choices?: Choices;
  },
): Network<M, P> {
  return {
    kernel,
    stream,
    turnKind: settings.turnKind,
    latency: settings.latency,
    retransmission: settings.retransmission,
    hosts: new Map(),
    processes: new Map(),
    listeners: new Map(),
    stalled: new Set(),
    counts: { sent: 0, delivered: 0, held: 0, lost: 0 },
    observer: new Outside(),
    choices: settings.choices ?? null,
    timing: new Outside(),
  };
}

/** A process starts on a host, which is made when it is first named. */
export function startProcess<M, P>(network: Network<M, P>, id: number, hostName: string): void {
  if (network.processes.has(id)) throw new Error(`process ${id} was started twice`);
  const host = hostOf(network, hostName);
  if (!host.isUp) throw new Error(`process ${id} cannot start: host ${hostName} has no power`);
  network.processes.set(id, { id, host, ends: new Map(), acceptedCount: 0, isRunning: true });
}

/** Accepts connections to `address` (`host:port`) from now on. False when it is taken. */
export function listen<M, P>(
  network: Network<M, P>,
  processId: number,
  address: string,
  port: P,
): boolean {
  if (network.listeners.has(address)) return false;
  network.listeners.set(address, { address, port, process: runningProcess(network, processId) });
  return true;
}

/** Accepts no more connections; those accepted before live on. */
export function unlisten<M, P>(network: Network<M, P>, processId: number, address: string): void {
  if (network.listeners.get(address)?.process.id === processId) network.listeners.delete(address);
}

/**
 * Opens a connection. `connected` or `disconnected` (refused) follows; neither while the path is blocked.
 *
 * @param conn the opener's own number for it, > 0; acceptors are given negative ones
 */
export function connect<M, P>(
  network: Network<M, P>,
  processId: number,
  conn: number,
  address: string,
): void {
  const opener = runningProcess(network, processId);
  if (conn <= 0 || opener.ends.has(conn))
    throw new Error(`process ${processId} used connection ${conn} twice`);
  const host = hostOf(network, hostNameOf(address));
  const from = `${opener.host.name}:${ephemeralPort(opener.host.connectCount++)}`;
  const end = createEndPair(network, opener, conn, {
    in: linkBetween(network, host, opener.host),
    out: linkBetween(network, opener.host, host),
    from,
    to: address,
  });
  opener.ends.set(conn, end);
  ship(network, end.peer, SYN, undefined);
}

/**
 * Sends a message behind all that was sent on this connection before.
 *
 * @param lane a number for its kind, 0 … 63: how long it takes depends on how many of its kind went before it
 * @returns the message's number in the run, from 1 up; 0 when the connection is not open (the message is lost)
 */
export function send<M, P>(
  network: Network<M, P>,
  processId: number,
  conn: number,
  message: M,
  lane: number = 0,
): number {
  const end = network.processes.get(processId)?.ends.get(conn);
  if (end === undefined || end.state !== "open") return 0;
  const { peer } = end;
  const observer = network.observer.value;
  const messageId = ++network.counts.sent;
  if (observer !== undefined) observer.sent(messageId, processId, peer.owner?.id ?? -1, message);
  // A reset is on its way to both ends, unknown to this one yet.
  if (!ship(network, peer, messageId, message, lane)) lose(network, peer, messageId, message);
  return messageId;
}

/** Closes one end: the other hears `disconnected` behind all that was sent before. Unknown numbers are ignored. */
export function close<M, P>(network: Network<M, P>, processId: number, conn: number): void {
  const process = network.processes.get(processId);
  const end = process?.ends.get(conn);
  if (process === undefined || end === undefined) return;
  process.ends.delete(conn);
  const isGone = end.state === "gone";
  end.state = "dead";
  if (!isGone) ship(network, end.peer, FIN, undefined);
}

function runningProcess<M, P>(network: Network<M, P>, id: number): Process<M, P> {
  const process = network.processes.get(id);
  if (process === undefined) throw new Error(`process ${id} is not running`);
  return process;
}

function hostNameOf(address: string): string {
  const colon = address.lastIndexOf(":");
  return colon < 0 ? address : address.slice(0, colon);
}

/** The range that Linux draws from; here they are handed out in turn. */
function ephemeralPort(index: number): number {
  return 32_768 + (index % 28_232);
}
