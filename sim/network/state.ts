import type { Outside } from "../kernel/clone.ts";
import type { Kernel } from "../kernel/kernel.ts";
import type { Source } from "../kernel/source.ts";
import type { DrawTable, Stream } from "../kernel/stream.ts";

/**
 * Connections between processes, as TCP makes them: a handshake, everything in order and nothing lost while
 * both ends live, a FIN or RST behind what was sent, retransmission across a path that was blocked.
 *
 * A process is one incarnation of a server or a client; its number is never used again. It runs on a host, and
 * walls stand between hosts. `M` is whatever travels, passed on by reference; `P` labels the ports listened on.
 * Plain data: a clone is a checkpoint, together with the kernel and the stream that it refers to.
 */
export type Network<M, P> = {
  readonly kernel: Kernel;
  /** Its label names all that is drawn by address; nothing is drawn from it in turn. */
  readonly stream: Stream;
  /** The `kind` of all this network's turns, to be handed to `onNetworkTurn`. */
  readonly turnKind: number;
  /** µs from sender to receiver, where a link has no table of its own. */
  readonly latency: DrawTable;
  /** µs from the moment a path opens until what was held on it is sent again. */
  readonly retransmission: DrawTable;
  readonly hosts: Map<string, Host>;
  readonly processes: Map<number, Process<M, P>>;
  /** By address. */
  readonly listeners: Map<string, Listener<M, P>>;
  /** The ends whose way in is blocked, or was until lately, with something waiting on it. */
  readonly stalled: Set<End<M, P>>;
  readonly counts: NetworkCounts;
  readonly observer: Outside<NetworkObserver<M>>;
  /** Times that are said instead of drawn, by the name of the way; null where none is. Frozen. */
  readonly choices: Choices | null;
  /** Is told how long each item takes, but for what trouble on its link adds. */
  readonly timing: Outside<TimingObserver>;
};

/**
 * How long single items take, in µs: by the way's name (see {@link End}), then by {@link placeOfItem}. Frozen with
 * all that is in it.
 */
export type Choices = ReadonlyMap<string, ReadonlyMap<number, number>>;

export type TimingObserver = (way: string, lane: number, nth: number, tookUs: number) => void;

/** An item of a way as one number: its lane, and its number within the lane, from 0 up. */
export function placeOfItem(lane: number, nth: number): number {
  return lane * 0x100_0000 + nth;
}

/** Messages, not segments: handshakes and closings are not counted. Every sent one ends up delivered or lost, or is under way. */
export type NetworkCounts = { sent: number; delivered: number; held: number; lost: number };

/** A machine with a network card. */
export type Host = {
  readonly name: string;
  isUp: boolean;
  /** Connections opened from here; the next ephemeral port. */
  connectCount: number;
  /** The directed links away from here that have been used or changed, by the name of the other host. */
  readonly links: Map<string, Link>;
};

/** The path from one host to another, one way. */
export type Link = {
  readonly from: Host;
  readonly to: Host;
  /** Partitions that cover this link. */
  walls: number;
  isHeld: boolean;
  /** Nothing stands on it, and the host at its end has power. */
  isOpen: boolean;
  latency: DrawTable;
  /** Retransmissions are drawn from it, by their number. */
  readonly source: Source;
  releaseCount: number;
  /** Connections opened along it, by the address asked for. */
  readonly opened: Map<string, number>;
  /** Null for as long as nothing is wrong with it. */
  trouble: Trouble | null;
};

/** What can be wrong with a link that is not blocked. */
export type Trouble = {
  /** What is sent goes out one after the other, at this pace; 0 for no limit. */
  bytesPerSecond: number;
  /** When all that was sent before will have gone out. */
  freeAtUs: number;
  /** Of so many packets one is lost, and sent again after a retransmission; 0 for none. */
  lossOneIn: number;
  /** What becomes of a SYN: it is answered with a reset, or not at all until this is over. */
  connects: "pass" | "refused" | "unanswered";
};

export type Process<M, P> = {
  readonly id: number;
  readonly host: Host;
  /** The live ends, by their number in this process. */
  readonly ends: Map<number, End<M, P>>;
  acceptedCount: number;
  isRunning: boolean;
};

export type Listener<M, P> = {
  readonly address: string;
  readonly port: P;
  readonly process: Process<M, P>;
};

/**
 * One end of a connection, with the way in to it: what was sent to this end and has not arrived.
 *
 * A message waits in its way's queue, and each turn that the kernel was given for the way lets the oldest one
 * out. So a connection's order cannot break, whatever delays, walls and retransmissions do to the turns.
 */
export type End<M, P> = {
  /** Undefined until a SYN has found a listener. */
  owner: Process<M, P> | undefined;
  /** The owner's number for it; 0 until it is accepted. */
  conn: number;
  /** gone: it is dead to its host, and its owner is about to hear of it; the other side is not told. */
  state: "opening" | "open" | "gone" | "dead";
  /** The other end. Set once, when both exist. */
  peer: End<M, P>;
  /** The way in. */
  readonly link: Link;
  /** The opener's address, and the one that it asked for. */
  readonly from: string;
  readonly to: string;
  /**
   * Of the way in: the opener's host, the address asked for, the how-manieth such connection it is, and "out" for
   * the way from the opener or "in" for the way to it.
   */
  readonly name: string;
  readonly choices: ReadonlyMap<number, number> | null;
  /** What is shipped to here takes times drawn from it, by lane and number within the lane. */
  readonly source: Source;
  /** Items shipped to here so far, by lane. */
  readonly shipped: Int32Array;

  /** A ring of what is under way: messages under their numbers, and signals, which are negative. */
  items: (M | undefined)[];
  labels: number[];
  first: number;
  count: number;

  /** No turn of this way is due before; what is sent later arrives later. */
  lastAtUs: number;
  /** Turns that found the way blocked; as many items wait for a {@link RELEASE}. */
  owed: number;
  isReleasing: boolean;
  /** How often the way was cut: turns of an earlier cut are void. */
  cutCount: number;
  /** A FIN or RST is on the way (or has come): nothing can follow it. */
  isEnding: boolean;
};

/** What a process hears from the network. The records are new each time, and the receiver's to keep. */
export type NetworkEvent<M, P> =
  | { readonly kind: "received"; readonly conn: number; readonly message: M }
  | { readonly kind: "accepted"; readonly port: P; readonly conn: number; readonly from: string }
  | { readonly kind: "connected"; readonly conn: number }
  | { readonly kind: "disconnected"; readonly conn: number };

/** Is told what becomes of each message, if there is one. Processes are given by number, −1 for one not known. */
export type NetworkObserver<M> = {
  readonly sent: (messageId: number, from: number, to: number, message: M) => void;
  readonly heard: (messageId: number, from: number, to: number, message: M) => void;
  /** It came to a wall, and waits there. */
  readonly held: (messageId: number, from: number, to: number, message: M) => void;
  /** It goes on after it was held. */
  readonly released: (messageId: number, from: number, to: number, message: M) => void;
  /** It will never arrive: its receiver is gone, or its connection was reset. */
  readonly lost: (messageId: number, from: number, to: number, message: M) => void;
};
