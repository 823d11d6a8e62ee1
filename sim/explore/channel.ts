/**
 * Connections as a search sees them: both queues, and the number by which each end is known. Immutable and interned, so
 * that a connection in a certain condition is one small integer, and what can be done to it is looked up.
 */
export type Channel = {
  readonly id: number;
  /** Who opened it, and its own number for it; 0 once that end is closed. */
  readonly opener: number;
  readonly openerConn: number;
  /** Who was called, and its number for it: negative, 0 before it has accepted, 1 once that end is closed. */
  readonly accepter: number;
  readonly accepterConn: number;
  /** On their way to the accepter and to the opener, oldest first: messages by number, or one of the signals. */
  readonly toAccepter: readonly number[];
  readonly toOpener: readonly number[];
  /** What was done to it before, and what came of that; 0 is a connection that is gone. */
  readonly next: Map<number, number>;
};

/** Stands among the messages. */
export const Signal = { open: -1, accepted: -2, closed: -3 } as const;

export type Channels = { readonly byId: Channel[]; readonly byKey: Map<string, number> };

export function createChannels(): Channels {
  // Number 0 is none.
  return { byId: [undefined as unknown as Channel], byKey: new Map() };
}

/** A connection that is being opened. */
export function openChannel(
  channels: Channels,
  opener: number,
  conn: number,
  accepter: number,
): number {
  return intern(channels, opener, conn, accepter, 0, [Signal.open], []);
}

/** A connection that is open. */
export function openedChannel(
  channels: Channels,
  opener: number,
  conn: number,
  accepter: number,
  accepterConn: number,
): number {
  return intern(channels, opener, conn, accepter, accepterConn, [], []);
}

/** Something is sent; what is sent to an end that is closed goes nowhere. */
export function push(channels: Channels, id: number, toAccepter: boolean, item: number): number {
  const channel = channels.byId[id]!;
  const key = (item + 8) * 4 + (toAccepter ? 1 : 0);
  const known = channel.next.get(key);
  if (known !== undefined) return known;
  const { opener, openerConn, accepter, accepterConn } = channel;
  const isLost = toAccepter ? accepterConn === 1 : openerConn === 0;
  const next = isLost
    ? id
    : intern(
        channels,
        opener,
        openerConn,
        accepter,
        accepterConn,
        toAccepter ? [...channel.toAccepter, item] : channel.toAccepter,
        toAccepter ? channel.toOpener : [...channel.toOpener, item],
      );
  channel.next.set(key, next);
  return next;
}

/** The oldest item leaves a queue. */
export function pop(channels: Channels, id: number, toAccepter: boolean): number {
  const channel = channels.byId[id]!;
  const key = 2 + (toAccepter ? 1 : 0);
  const known = channel.next.get(key);
  if (known !== undefined) return known;
  const { opener, openerConn, accepter, accepterConn } = channel;
  const next = intern(
    channels,
    opener,
    openerConn,
    accepter,
    accepterConn,
    toAccepter ? channel.toAccepter.slice(1) : channel.toAccepter,
    toAccepter ? channel.toOpener : channel.toOpener.slice(1),
  );
  channel.next.set(key, next);
  return next;
}

/** The called one has accepted, under this number. */
export function accept(channels: Channels, id: number, conn: number): number {
  const { opener, openerConn, accepter, toAccepter, toOpener } = channels.byId[id]!;
  const answer = [...toOpener, Signal.accepted];
  return intern(channels, opener, openerConn, accepter, conn, toAccepter, answer);
}

/**
 * One end closes: what was on its way to it is lost, and the other end hears of it behind all that was sent.
 *
 * @param losesSent what it had sent is lost as well
 * @returns 0 when nothing is left of the connection
 */
export function closeEnd(
  channels: Channels,
  id: number,
  isOpener: boolean,
  losesSent: boolean,
): number {
  const { opener, openerConn, accepter, accepterConn, toAccepter, toOpener } = channels.byId[id]!;
  if (isOpener) {
    // One that was not accepted yet never was.
    if (accepterConn >= 0) return 0;
    const rest = losesSent ? [] : toAccepter;
    return intern(channels, opener, 0, accepter, accepterConn, [...rest, Signal.closed], []);
  }
  if (openerConn === 0) return 0;
  const rest = losesSent ? [] : toOpener;
  return intern(channels, opener, openerConn, accepter, 1, [], [...rest, Signal.closed]);
}

function intern(
  { byId, byKey }: Channels,
  opener: number,
  openerConn: number,
  accepter: number,
  accepterConn: number,
  toAccepter: readonly number[],
  toOpener: readonly number[],
): number {
  const ends = `${opener},${openerConn},${accepter},${accepterConn}`;
  const key = `${ends}|${toAccepter.join(",")}|${toOpener.join(",")}`;
  const known = byKey.get(key);
  if (known !== undefined) return known;
  const id = byId.length;
  const next = new Map<number, number>();
  byId.push({ id, opener, openerConn, accepter, accepterConn, toAccepter, toOpener, next });
  byKey.set(key, id);
  return id;
}
