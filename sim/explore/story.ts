import { formatZxid } from "../../core/zxid.ts";
import type { QuorumPacket } from "../../core/zab/packet.ts";
import { Kind, readAction, type Ensemble } from "./ensemble.ts";
import { THREADS } from "./machine.ts";
import type { Host } from "./space.ts";

/** The way that `actions` go from the first state, a line for each. */
export function tellStory(ensemble: Ensemble, actions: readonly number[]): string[] {
  const { model } = ensemble;
  let state = new Int32Array(model.width);
  model.start(state);
  const lines = [firstLine(ensemble)];
  for (const action of actions) {
    const next = new Int32Array(model.width);
    let after: Int32Array | null = null;
    model.expand(state, 0, next, (reached) => {
      if (reached === action) after ??= next.slice();
    });
    if (after === null) throw new Error(`action ${action} is not possible in its state`);
    lines.push(lineOf(ensemble, state, action));
    state = after;
  }
  return lines;
}

function firstLine({ bounds }: Ensemble): string {
  const { elected } = bounds;
  if (elected === null) return "all servers look for a leader";
  return `server ${elected.leader} is elected by ${elected.voters.join(", ")}`;
}

function lineOf(ensemble: Ensemble, state: Int32Array, action: number): string {
  const { space } = ensemble;
  const { slot, kind, conn, argument } = readAction(action);
  const host = space.hosts[state[slot]!]!;
  const name = `server ${space.configs[slot]!.sid}`;
  const peer = `server ${peerOf(ensemble, host, conn)}`;
  switch (kind) {
    case Kind.received:
      return `${name} receives ${packetName(space.messages[argument]!)} from ${peer}`;
    case Kind.accepted:
      return `${name} accepts the connection of ${peer}`;
    case Kind.connected:
      return `${name} is connected to ${peer}`;
    case Kind.disconnected:
      return conn === 0
        ? `${name} refuses a connection`
        : `${name} loses its connection with ${peer}`;
    case Kind.woke:
      return `${name}: the ${THREADS[argument]} thread has its turn`;
    case Kind.disk: {
      const ask = host.machine.asked.find(({ ticket }) => ticket === argument);
      return `${name}: the disk is done with the ${ask?.kind} of ${ask?.files.join(", ") ?? ""}`;
    }
    case Kind.elected: {
      const sids = space.configs.flatMap(({ sid }, at) =>
        (argument & (1 << at)) === 0 ? [] : [sid],
      );
      return `${name} is elected by ${sids.join(", ")}`;
    }
    case Kind.joined:
      return `${name} finds that server ${space.configs[argument]!.sid} leads`;
    case Kind.unsupported:
      return `${name} has waited too long for a quorum`;
    case Kind.retried:
    case Kind.retriedLast:
      return `${name} tries again to connect to ${peer}`;
    case Kind.written:
      return `${name} proposes write ${argument}`;
    case Kind.crashed:
      return `${name} crashes`;
    case Kind.powerLost:
      return `${name} loses power`;
    case Kind.restarted:
      return `${name} starts again`;
    default:
      return `${name} has waited too long for ${peer}`;
  }
}

/** Who is at the other end: connections are numbered by who opened them, and a learner has one only. */
function peerOf({ space }: Ensemble, { machine }: Host, conn: number): number {
  if (conn < 0) return space.configs[Math.floor((-1 - conn) / 4)]!.sid;
  return machine.server?.learner?.leader ?? 0;
}

function packetName(packet: QuorumPacket): string {
  if ("txn" in packet) return `${packet.kind} ${formatZxid(packet.txn.zxid)}`;
  return "zxid" in packet ? `${packet.kind} ${formatZxid(packet.zxid)}` : packet.kind;
}
