import type { Message } from "../../core/message.ts";
import { epochOf } from "../../core/zxid.ts";
import type { Cluster, ServerProcess } from "../../sim/cluster/state.ts";
import { messageCode } from "../../sim/trace/message-code.ts";
import { MessageCode } from "../../sim/trace/row.ts";

/*
 * Coverage in the protocol's own terms: which message found its receiver in which state and phase, and how the epoch
 * that it speaks of stands to the receiver's. A cell is one small number, so that the cells of many runs merge fast.
 */

/** Which cells a run has reached: one byte each, 1 for reached. */
export type Cells = Uint8Array;

const STATES = ["LOOKING", "FOLLOWING", "LEADING", "OBSERVING"] as const;
const PHASES = ["ELECTION", "DISCOVERY", "SYNCHRONIZATION", "BROADCAST"] as const;
const RELATIONS = ["no epoch", "an older epoch", "the same epoch", "a newer epoch"] as const;
const CODE_SPAN = 64;
const CELL_SPAN = STATES.length * PHASES.length * CODE_SPAN * RELATIONS.length;

/** Lets coverage follow what servers hear of one another; whoever observes the network already is still told. */
export function followCoverage(cluster: Cluster): Cells {
  const cells = new Uint8Array(CELL_SPAN);
  const inner = cluster.network.observer.value;
  cluster.network.observer.value = {
    sent: (...sent) => inner?.sent(...sent),
    heard: (id, from, to, message) => {
      inner?.heard(id, from, to, message);
      const receiver = cluster.byProcess.get(to);
      if (receiver !== undefined && "sid" in receiver) cells[cellOf(receiver, message)] = 1;
    },
    held: (...held) => inner?.held(...held),
    released: (...released) => inner?.released(...released),
    lost: (...lost) => inner?.lost(...lost),
  };
  return cells;
}

/** The numbers of the cells reached, ascending. */
export function reachedCells(cells: Cells): number[] {
  const reached: number[] = [];
  for (let cell = 0; cell < cells.length; cell++) if (cells[cell] === 1) reached.push(cell);
  return reached;
}

/** `FOLLOWING in BROADCAST hears PROPOSAL of the same epoch` */
export function cellText(cell: number): string {
  const relation = RELATIONS[cell % RELATIONS.length] ?? "";
  const rest = Math.floor(cell / RELATIONS.length);
  const code = rest % CODE_SPAN;
  const place = Math.floor(rest / CODE_SPAN);
  const phase = PHASES[place % PHASES.length] ?? "";
  const state = STATES[Math.floor(place / PHASES.length)] ?? "";
  return `${state} in ${phase} hears ${CODE_NAMES.get(code) ?? code} of ${relation}`;
}

const CODE_NAMES: ReadonlyMap<number, string> = new Map([
  ...Object.entries(MessageCode).map(([name, code]): [number, string] => [code, name]),
  ...STATES.map((state, index): [number, string] => [
    MessageCode.notification + index,
    `notification ${state}`,
  ]),
]);

function cellOf({ server }: ServerProcess, message: Message): number {
  if (server === null) return 0;
  const state = STATES.indexOf(server.state);
  const phase = PHASES.indexOf(server.phase);
  const relation = relationOf(message, server.acceptedEpoch);
  const place = (state * PHASES.length + phase) * CODE_SPAN + messageCode(message);
  return place * RELATIONS.length + relation;
}

function relationOf(message: Message, own: number): number {
  const epoch = epochIn(message);
  if (epoch === null) return 0;
  if (epoch < own) return 1;
  return epoch === own ? 2 : 3;
}

function epochIn(message: Message): number | null {
  switch (message.kind) {
    case "notification":
      return message.peerEpoch;
    case "PROPOSAL":
    case "INFORM":
      return epochOf(message.txn.zxid);
    case "ACK":
    case "COMMIT":
    case "LEADERINFO":
    case "ACKEPOCH":
    case "DIFF":
    case "TRUNC":
    case "SNAP":
    case "NEWLEADER":
      return epochOf(message.zxid);
    default:
      return null;
  }
}
