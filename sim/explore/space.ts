import type { ServerConfig } from "../../core/config.ts";
import type { FileContent } from "../../core/event.ts";
import { itemsOf } from "../../core/ring.ts";
import type { Server } from "../../core/server-state.ts";
import { treeDigest } from "../../core/tree/tree.ts";
import type { Txn } from "../../core/txn.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import { counterOf, epochOf, formatZxid, ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import { createHash, type RollingHash } from "../kernel/hash.ts";
import { createChannels, type Channels } from "./channel.ts";
import {
  createHistories,
  extendHistory,
  historyOfTree,
  includes,
  isPrefixOf,
  printHistory,
  type Histories,
} from "./histories.ts";
import {
  cloneMachine,
  createMachine,
  hashMachine,
  turn,
  type Grain,
  type Machine,
  type MachineEvent,
  type Outgoing,
} from "./machine.ts";
import { mixValue } from "./mix-value.ts";
import { filesOf, mixFiles } from "./platter.ts";

/**
 * All conditions of single servers, messages and connections that a search has met, each once and by a small number.
 * What an event does to a server depends on nothing but the server's own condition: it is worked out
 * once, by the real core, and looked up in every other state of the whole in which the same happens.
 */
export type Space = {
  readonly configs: readonly ServerConfig[];
  readonly grain: Grain;
  readonly slotByAddress: ReadonlyMap<string, number>;
  readonly channels: Channels;
  readonly histories: Histories;
  /** Number 0 is none. */
  readonly messages: (QuorumPacket | null)[];
  readonly messageIds: Map<number, number>;
  readonly hosts: Host[];
  readonly hostIds: Map<number, number>;
  /** What a start makes of the files of a disk, by their hash. */
  readonly booted: Map<number, Booted>;
  /** Turns that the core has taken. */
  turns: number;
};

type Booted = {
  readonly history: number;
  readonly currentEpoch: number;
  readonly refused: string | null;
};

/** One condition of one server. */
export type Host = {
  readonly id: number;
  readonly slot: number;
  readonly machine: Machine;
  readonly face: Face;
  /** Outcomes by event, as the caller numbers them. */
  readonly outcomes: Map<number, Outcome>;
  /** The numbers of what can happen to it by itself; for whoever numbers the events. */
  local: readonly number[] | null;
};

export type Act =
  | { readonly kind: "send"; readonly conn: number; readonly message: number }
  | { readonly kind: "connect"; readonly conn: number; readonly slot: number }
  | { readonly kind: "close"; readonly conn: number };

export type Outcome = {
  readonly host: number;
  readonly acts: readonly Act[];
  /** What is wrong with the turn itself; null mostly. */
  readonly violation: string | null;
  /** The server shows the properties something else than before. */
  readonly isNews: boolean;
};

/** What others, and the properties, can see of a server. */
export type Face = {
  readonly life: "down" | "looking" | "following" | "leading" | "leaving";
  /** Sid it follows, or its own while it leads; 0 none. */
  readonly leader: number;
  readonly stage: string;
  /** It is following, and has no connection to its leader. */
  readonly retries: boolean;
  /** What it votes with. */
  readonly currentEpoch: number;
  readonly lastZxid: Zxid;
  /** Histories: of its tree; of what it would find on its disk now, and after a power loss. */
  readonly tree: number;
  readonly log: number;
  readonly durable: number;
  /** What it serves, or has committed as leader; −1 while it does neither. */
  readonly committed: number;
  /** The epoch that it leads with a quorum of epoch acks, 0 none. */
  readonly leads: number;
};

export function createSpace(configs: readonly ServerConfig[], grain: Grain): Space {
  const slotByAddress = new Map<string, number>();
  for (const [slot, { sid, members }] of configs.entries()) {
    const own = members.find((member) => member.sid === sid);
    if (own !== undefined) slotByAddress.set(own.quorumAddress, slot);
  }
  return {
    configs,
    grain,
    slotByAddress,
    channels: createChannels(),
    histories: createHistories(),
    messages: [null],
    messageIds: new Map(),
    hosts: [],
    hostIds: new Map(),
    booted: new Map(),
    turns: 0,
  };
}

/** The number of a server that has started with these files on its disk. */
export function startedHost(space: Space, slot: number, files: readonly FileContent[]): number {
  const machine = createMachine(space.configs[slot]!, space.grain, files);
  const { ended } = turn(machine, { kind: "restarted" });
  if (ended !== null) throw new Error(`server ${machine.config.sid} does not start: ${ended}`);
  return intern(space, slot, machine, null);
}

/** What an event does to a server in a certain condition. */
export function outcomeOf(space: Space, host: Host, key: number, event: MachineEvent): Outcome {
  const known = host.outcomes.get(key);
  if (known !== undefined) return known;
  const machine = cloneMachine(host.machine);
  space.turns++;
  const { outgoing, ended } = turn(machine, event);
  if (ended !== null) machine.server = null;
  const acts = outgoing.map((act): Act => {
    switch (act.kind) {
      case "send":
        return { kind: "send", conn: act.conn, message: messageId(space, act.message) };
      case "connect":
        return { kind: "connect", conn: act.conn, slot: space.slotByAddress.get(act.address)! };
      case "close":
        return act;
    }
  });
  const id = intern(space, host.slot, machine, host);
  const after = space.hosts[id]!;
  const { sid } = machine.config;
  const violation =
    ended === null
      ? (dishonesty(space, after, outgoing) ?? disagreement(space, after))
      : `server ${sid} ends: ${ended}`;
  const isNews = isOtherFace(host.face, after.face) || refusalOf(space, after) !== null;
  const outcome = { host: id, acts, violation, isNews };
  host.outcomes.set(key, outcome);
  return outcome;
}

function isOtherFace(a: Face, b: Face): boolean {
  return (
    a.life !== b.life ||
    a.log !== b.log ||
    a.durable !== b.durable ||
    a.leads !== b.leads ||
    a.committed !== b.committed
  );
}

function intern(space: Space, slot: number, machine: Machine, before: Host | null): number {
  const key = keyOf(hashMachine(machine));
  const known = space.hostIds.get(key);
  if (known !== undefined) return known;
  const id = space.hosts.length;
  space.hostIds.set(key, id);
  const face = faceOf(space, machine, before);
  space.hosts.push({ id, slot, machine, face, outcomes: new Map(), local: null });
  return id;
}

/** 53 bits of a hash. */
function keyOf(hash: RollingHash): number {
  return (hash[1]! >>> 11) * 0x1_0000_0000 + (hash[0]! >>> 0);
}

const ALL: ReadonlySet<string> = new Set();

function messageId(space: Space, message: QuorumPacket): number {
  const hash = createHash();
  mixValue(hash, message, ALL);
  const key = keyOf(hash);
  let id = space.messageIds.get(key);
  if (id === undefined) {
    id = space.messages.push(message) - 1;
    space.messageIds.set(key, id);
  }
  return id;
}

function faceOf(space: Space, machine: Machine, before: Host | null): Face {
  const { server, platter } = machine;
  const isSameDisk = before !== null && before.machine.platter === platter;
  const log = isSameDisk ? before.face.log : bootedFrom(space, machine, false).history;
  const durable = isSameDisk ? before.face.durable : bootedFrom(space, machine, true).history;
  const face = { log, durable, leads: 0, committed: -1, retries: false, stage: "", leader: 0 };
  if (server === null || server.database === null) {
    const life = server === null ? "down" : "leaving";
    return { ...face, life, currentEpoch: 0, lastZxid: ZERO_ZXID, tree: 0 };
  }
  const { leader, learner, database, currentEpoch } = server;
  const { lastZxid } = database;
  const tree = historyOfTree(space.histories, database.tree);
  return {
    ...face,
    life: lifeOf(server),
    leader: learner?.leader ?? (leader === null ? 0 : server.sid),
    stage: leader?.stage ?? learner?.stage ?? "",
    retries: learner?.stage === "connecting" && learner.conn === 0 && !server.leaving,
    currentEpoch,
    lastZxid,
    tree,
    committed: server.serving ? committedOf(space, server, tree) : -1,
    leads: leader?.epochAcked === true ? leader.epoch : 0,
  };
}

function lifeOf(server: Server): Face["life"] {
  if (server.leaving) return "leaving";
  if (server.leader !== null) return "leading";
  return server.learner !== null ? "following" : "looking";
}

/** What is in the tree, and what a leader has committed and not yet applied. */
function committedOf(space: Space, { leader }: Server, tree: number): number {
  let node = tree;
  if (leader === null) return node;
  for (const { zxid, body } of itemsOf(leader.toBeApplied)) {
    node = extendHistory(space.histories, node, zxid, pathOf(body));
  }
  return node;
}

function pathOf(body: Txn["body"]): string {
  return "path" in body ? body.path : body.kind;
}

/** The history that a start would find: it is started, to see. */
function bootedFrom(space: Space, { config, grain, platter }: Machine, durable: boolean): Booted {
  const files = filesOf(platter, durable);
  const hash = createHash();
  mixValue(hash, config.sid, ALL);
  mixFiles(hash, files);
  const key = keyOf(hash);
  let booted = space.booted.get(key);
  if (booted === undefined) {
    const machine = createMachine(config, grain, files);
    const { ended } = turn(machine, { kind: "restarted" });
    const tree = machine.server?.database?.tree;
    const history = tree === undefined ? 0 : historyOfTree(space.histories, tree);
    booted = { history, currentEpoch: machine.server?.currentEpoch ?? 0, refused: ended };
    space.booted.set(key, booted);
  }
  return booted;
}

/** Why the disk of a server could not be started from, now or after a power loss; null when it can. */
export function refusalOf(space: Space, { machine }: Host): string | null {
  return bootedFrom(space, machine, false).refused ?? bootedFrom(space, machine, true).refused;
}

/** S10: an ack of NEWLEADER stands for a durable history and epoch, any other for a durable transaction. */
function dishonesty(
  space: Space,
  { machine, face }: Host,
  outgoing: readonly Outgoing[],
): string | null {
  const { histories } = space;
  const { sid } = machine.config;
  for (const act of outgoing) {
    if (act.kind !== "send" || act.message.kind !== "ACK") continue;
    const { zxid } = act.message;
    if (counterOf(zxid) === 0) {
      if (bootedFrom(space, machine, true).currentEpoch < epochOf(zxid)) {
        return `S10 ack honesty: server ${sid} acks ${formatZxid(zxid)}, and its disk may lose the epoch`;
      }
      // The ack of UPTODATE says it once more, and the tree may be ahead of the log by then.
      const isAdopted = face.stage !== "broadcast" || face.life !== "following";
      if (!isAdopted || isPrefixOf(histories, face.tree, face.durable)) continue;
    } else if (includes(histories, face.durable, zxid)) continue;
    const has = printHistory(histories, face.durable);
    return `S10 ack honesty: server ${sid} acks ${formatZxid(zxid)}, and its disk may be left with ${has}`;
  }
  return null;
}

/** S16: whoever has a history has the same tree. */
function disagreement(space: Space, { machine, face }: Host): string | null {
  const { digests } = space.histories;
  const tree = machine.server?.database?.tree;
  if (tree === undefined) return null;
  const digest = treeDigest(tree);
  digests[face.tree] ??= digest;
  if (digests[face.tree] === digest) return null;
  return `S16 tree equals history: server ${machine.config.sid} has another tree than others`;
}
