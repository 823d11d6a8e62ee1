import { schedule } from "../kernel/kernel.ts";
import { drawAt, openSource } from "../kernel/source.ts";
import { placeOfItem, type End, type Link, type Network, type Process } from "./state.ts";
import { troubleUs } from "./trouble.ts";

/** Signals, as labels of items. */
export const SYN = -1;
export const SYN_ACK = -2;
/** The end of the handshake: the acceptor's process hears of the connection. */
export const ACK = -3;
export const FIN = -4;
export const RST = -5;

/** The argument of a turn that retransmits; of all others it is the end's `cutCount`. */
export const RELEASE = -1;

/** A power of two, and more than most connections ever have under way. */
const RING_LENGTH = 8;

/**
 * Items are counted by lane, so that one more of a kind of message does not change how long the others take. Lane
 * 0 is for signals, and for messages whose sender tells no kinds apart.
 */
export const LANE_COUNT = 64;

type EndSettings<M, P> = Pick<End<M, P>, "owner" | "conn" | "link" | "from" | "to" | "name">;

/** Both ends of a new connection; returns the opener's. */
export function createEndPair<M, P>(
  network: Network<M, P>,
  opener: Process<M, P>,
  conn: number,
  path: { readonly in: Link; readonly out: Link; readonly from: string; readonly to: string },
): End<M, P> {
  const { from, to, out } = path;
  const nth = (out.opened.get(to) ?? 0) + 1;
  out.opened.set(to, nth);
  const name = `${opener.host.name} ${to} ${nth}`;
  const near = createEnd(network, {
    owner: opener,
    conn,
    link: path.in,
    from,
    to,
    name: `${name} in`,
  });
  const far = createEnd<M, P>(network, {
    owner: undefined,
    conn: 0,
    link: out,
    from,
    to,
    name: `${name} out`,
  });
  near.peer = far;
  far.peer = near;
  return near;
}

/**
 * Sends a message or a signal to an end; it arrives behind all that was sent there before.
 *
 * @param lane 0 … 63, see {@link LANE_COUNT}
 * @returns false when the way has come to its end: the item is dropped
 */
export function ship<M, P>(
  network: Network<M, P>,
  end: End<M, P>,
  label: number,
  item: M | undefined,
  lane: number = 0,
): boolean {
  if (end.isEnding) return false;
  if (label <= FIN) end.isEnding = true;
  if (end.count === end.items.length) widen(end);
  const place = (end.first + end.count++) & (end.items.length - 1);
  end.items[place] = item;
  end.labels[place] = label;

  const { kernel } = network;
  const { latency, trouble } = end.link;
  const nth = end.shipped[lane]!++;
  const chosenUs = end.choices?.get(placeOfItem(lane, nth));
  let tookUs = chosenUs ?? drawAt(end.source, lane, nth, latency);
  network.timing.value?.(end.name, lane, nth, tookUs);
  if (trouble !== null) tookUs += troubleUs(network, end, trouble, item, lane, nth);
  const atUs = Math.max(end.lastAtUs, kernel.nowUs + tookUs);
  end.lastAtUs = atUs;
  schedule(kernel, atUs, network.turnKind, end.owner?.id ?? -1, end.cutCount, end);
  return true;
}

/** All that is under way to an end is lost, a FIN or RST too. */
export function cut<M, P>(network: Network<M, P>, end: End<M, P>): void {
  while (end.count > 0) {
    const label = end.labels[end.first]!;
    const item = shift(end);
    if (label > 0) lose(network, end, label, item as M);
  }
  end.cutCount++;
  end.owed = 0;
  end.isEnding = false;
  network.stalled.delete(end);
}

/** All that is under way to an end but the first items is lost; those arrive when the last would have. */
export function cutBehind<M, P>(network: Network<M, P>, end: End<M, P>, keeps: number): void {
  if (keeps === 0 || end.count === 0) {
    cut(network, end);
    return;
  }
  while (end.count > keeps) {
    const place = (end.first + --end.count) & (end.items.length - 1);
    const label = end.labels[place]!;
    const item = end.items[place];
    end.items[place] = undefined;
    if (label > 0) lose(network, end, label, item as M);
  }
  const last = (end.first + end.count - 1) & (end.labels.length - 1);
  end.isEnding = end.labels[last]! <= FIN;
  reschedule(network, end, Math.max(network.kernel.nowUs, end.lastAtUs));
}

/** All that is under way to an end arrives at one instant, in order; or comes then to what blocks the way. */
export function reschedule<M, P>(network: Network<M, P>, end: End<M, P>, atUs: number): void {
  end.cutCount++;
  end.owed = 0;
  network.stalled.delete(end);
  end.lastAtUs = atUs;
  for (let index = 0; index < end.count; index++) {
    schedule(network.kernel, atUs, network.turnKind, end.owner?.id ?? -1, end.cutCount, end);
  }
}

/** Takes the oldest item off the way. Its label is read before. */
export function shift<M, P>(end: End<M, P>): M | undefined {
  const { first } = end;
  const item = end.items[first];
  end.items[first] = undefined;
  end.first = (first + 1) & (end.items.length - 1);
  end.count--;
  return item;
}

export function lose<M, P>(
  network: Network<M, P>,
  end: End<M, P>,
  messageId: number,
  message: M,
): void {
  network.counts.lost++;
  const observer = network.observer.value;
  if (observer === undefined) return;
  observer.lost(messageId, end.peer.owner?.id ?? -1, end.owner?.id ?? -1, message);
}

/** Plans the retransmission of what waits on a way, unless that is planned already. */
export function scheduleRelease<M, P>(
  network: Network<M, P>,
  end: End<M, P>,
  afterUs: number,
): void {
  if (end.isReleasing) return;
  end.isReleasing = true;
  const { kernel, turnKind } = network;
  schedule(kernel, kernel.nowUs + afterUs, turnKind, end.owner?.id ?? -1, RELEASE, end);
}

function createEnd<M, P>(network: Network<M, P>, settings: EndSettings<M, P>): End<M, P> {
  const end = {
    owner: settings.owner,
    conn: settings.conn,
    state: "opening",
    link: settings.link,
    from: settings.from,
    to: settings.to,
    name: settings.name,
    choices: network.choices?.get(settings.name) ?? null,
    source: openSource(network.stream.label, settings.name),
    shipped: new Int32Array(LANE_COUNT),
    items: new Array<M | undefined>(RING_LENGTH).fill(undefined),
    labels: new Array<number>(RING_LENGTH).fill(0),
    first: 0,
    count: 0,
    lastAtUs: 0,
    owed: 0,
    isReleasing: false,
    cutCount: 0,
    isEnding: false,
  } as Omit<End<M, P>, "peer"> as End<M, P>;
  end.peer = end;
  return end;
}

function widen<M, P>(end: End<M, P>): void {
  const { items, labels, first, count } = end;
  const length = items.length * 2;
  const wider = new Array<M | undefined>(length).fill(undefined);
  const widerLabels = new Array<number>(length).fill(0);
  for (let index = 0; index < count; index++) {
    const place = (first + index) & (items.length - 1);
    wider[index] = items[place];
    widerLabels[index] = labels[place]!;
  }
  end.items = wider;
  end.labels = widerLabels;
  end.first = 0;
}
