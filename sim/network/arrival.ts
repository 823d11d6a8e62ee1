import { schedule, type Turn } from "../kernel/kernel.ts";
import { ACK, lose, RELEASE, RST, shift, ship, SYN, SYN_ACK } from "./end.ts";
import type { End, Network, NetworkEvent } from "./state.ts";

/** Takes an event to the process that it is for; the number is the message's, 0 where there is none. */
export type Deliver<M, P> = (
  processId: number,
  event: NetworkEvent<M, P>,
  messageId: number,
) => void;

/** Handles a turn whose kind is the network's. Delivers one event, or none. */
export function onNetworkTurn<M, P>(
  network: Network<M, P>,
  turn: Turn,
  deliver: Deliver<M, P>,
): void {
  const end = turn.payload as End<M, P>;
  if (turn.argument === end.cutCount) {
    if (end.owed > 0 || !end.link.isOpen || isUnanswered(end)) wait(network, end);
    else arrive(network, end, deliver);
  } else if (turn.argument === RELEASE) {
    retransmit(network, end);
  }
}

function isUnanswered<M, P>({ link, labels, first }: End<M, P>): boolean {
  return link.trouble?.connects === "unanswered" && labels[first] === SYN;
}

/** The way is blocked, or was and has not caught up: the turn's item stays where it is. */
function wait<M, P>(network: Network<M, P>, end: End<M, P>): void {
  const place = (end.first + end.owed) & (end.items.length - 1);
  if (end.owed++ === 0) network.stalled.add(end);
  const label = end.labels[place]!;
  if (label <= 0) return;
  network.counts.held++;
  const observer = network.observer.value;
  if (observer === undefined) return;
  observer.held(label, end.peer.owner?.id ?? -1, end.owner?.id ?? -1, end.items[place] as M);
}

function retransmit<M, P>(network: Network<M, P>, end: End<M, P>): void {
  end.isReleasing = false;
  if (!end.link.isOpen) return; // another wall; its fall plans the next try
  const { kernel } = network;
  tellReleased(network, end);
  for (; end.owed > 0; end.owed--) {
    schedule(kernel, kernel.nowUs, network.turnKind, end.owner?.id ?? -1, end.cutCount, end);
  }
  network.stalled.delete(end);
}

function tellReleased<M, P>(network: Network<M, P>, end: End<M, P>): void {
  const observer = network.observer.value;
  if (observer === undefined) return;
  for (let index = 0; index < end.owed; index++) {
    const place = (end.first + index) & (end.items.length - 1);
    const label = end.labels[place]!;
    if (label <= 0) continue;
    const message = end.items[place] as M;
    observer.released(label, end.peer.owner?.id ?? -1, end.owner?.id ?? -1, message);
  }
}

function arrive<M, P>(network: Network<M, P>, end: End<M, P>, deliver: Deliver<M, P>): void {
  const label = end.labels[end.first]!;
  const item = shift(end);
  if (label > 0) onMessage(network, end, label, item as M, deliver);
  else if (label === SYN) onSyn(network, end);
  else if (label === SYN_ACK) onSynAck(network, end, deliver);
  else if (label === ACK) onAck(network, end, deliver);
  else onEnding(end, deliver);
}

function onMessage<M, P>(
  network: Network<M, P>,
  end: End<M, P>,
  messageId: number,
  message: M,
  deliver: Deliver<M, P>,
): void {
  const owner = end.owner;
  if (end.state !== "open" || owner === undefined) {
    lose(network, end, messageId, message);
    ship(network, end.peer, RST, undefined);
    return;
  }
  network.counts.delivered++;
  const observer = network.observer.value;
  if (observer !== undefined) {
    observer.heard(messageId, end.peer.owner?.id ?? -1, owner.id, message);
  }
  deliver(owner.id, { kind: "received", conn: end.conn, message }, messageId);
}

/** The listener's host answers; its process hears of it when the handshake is over. */
function onSyn<M, P>(network: Network<M, P>, end: End<M, P>): void {
  const listener = network.listeners.get(end.to);
  if (listener === undefined || end.link.trouble?.connects === "refused") {
    end.state = "dead";
    ship(network, end.peer, RST, undefined);
  } else {
    end.owner = listener.process;
    ship(network, end.peer, SYN_ACK, undefined);
  }
}

function onSynAck<M, P>(network: Network<M, P>, end: End<M, P>, deliver: Deliver<M, P>): void {
  if (end.state === "opening") {
    end.state = "open";
    ship(network, end.peer, ACK, undefined);
    deliver(end.owner!.id, { kind: "connected", conn: end.conn }, 0);
  } else {
    ship(network, end.peer, RST, undefined);
  }
}

function onAck<M, P>(network: Network<M, P>, end: End<M, P>, deliver: Deliver<M, P>): void {
  const listener = network.listeners.get(end.to);
  if (listener === undefined || listener.process !== end.owner) {
    end.state = "dead";
    ship(network, end.peer, RST, undefined);
    return;
  }
  const { process, port } = listener;
  end.conn = -++process.acceptedCount;
  end.state = "open";
  process.ends.set(end.conn, end);
  deliver(process.id, { kind: "accepted", port, conn: end.conn, from: end.from }, 0);
}

/** A FIN or RST. An end that nobody knows yet, or knows no longer, ends in silence. */
function onEnding<M, P>(end: End<M, P>, deliver: Deliver<M, P>): void {
  const wasKnown = end.state !== "dead" && end.conn !== 0;
  end.state = "dead";
  if (!wasKnown) return;
  const owner = end.owner!;
  owner.ends.delete(end.conn);
  deliver(owner.id, { kind: "disconnected", conn: end.conn }, 0);
}
