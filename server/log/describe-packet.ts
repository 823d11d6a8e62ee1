import type { ServerEvent } from "../../core/event.ts";
import type { Server } from "../../core/server-state.ts";
import type { Zxid } from "../../core/zxid.ts";
import { NO_LEADER } from "../../core/election/notification.ts";
import type { LogLine } from "./layout.ts";

/** Of a vote that names nobody. */
const NOBODY = "-9223372036854775808";

/**
 * The line that the real server writes when it hears `event` from another one: notifications, and what a leader sends to
 * bring it up to date. Null for everything else. `server` is the state before the step.
 * @see spec election-and-zab 10.2
 */
export function describePacket(
  event: ServerEvent,
  server: Server,
  peerThread: string,
): LogLine | null {
  if (event.kind !== "received") return null;
  const { message } = event;
  const at = (source: string, text: string): LogLine => ({
    level: "INFO",
    thread: peerThread,
    source,
    message: text,
  });
  switch (message.kind) {
    case "notification": {
      const sid = server.connections.sidOf.get(event.conn);
      if (sid === undefined) return null;
      const leader = message.leader === NO_LEADER ? NOBODY : message.leader;
      const version = /(?:^|\n)version=([0-9a-f]+)/.exec(message.config)?.[1] ?? "0";
      return {
        ...at(
          "FastLeaderElection$Messenger$WorkerReceiver@391",
          `Notification: my state:${server.state}; n.sid:${sid}, n.state:${message.state}, n.leader:${leader}, n.round:${hex(message.electionEpoch)}, n.peerEpoch:${hex(message.peerEpoch)}, n.zxid:${hex(message.zxid)}, message format version:0x2, n.config version:0x${version}`,
        ),
        thread: `WorkerReceiver[myid=${server.config.sid}]`,
      };
    }
    case "DIFF":
      return at("Learner@565", `Getting a diff from the leader ${hex(message.zxid)}`);
    case "SNAP":
      return at("Learner@576", `Getting a snapshot from leader ${hex(message.zxid)}`);
    case "TRUNC": {
      const text = `Truncating log to get in sync with the leader ${hex(message.zxid)}`;
      return { ...at("Learner@599", text), level: "WARN" };
    }
    case "NEWLEADER":
      return at("Learner@737", "Learner received NEWLEADER message");
    case "UPTODATE":
      return at("Learner@721", "Learner received UPTODATE message");
    default:
      return null;
  }
}

function hex(number: number | Zxid): string {
  return `0x${BigInt.asUintN(64, BigInt(number)).toString(16)}`;
}
