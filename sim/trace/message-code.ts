import type { Message } from "../../core/message.ts";
import { MessageCode } from "./row.ts";

const NOTIFICATION_CODES = { LOOKING: 41, FOLLOWING: 42, LEADING: 43, OBSERVING: 44 } as const;

/** The number of a message's type on the timeline. The frequent ones first, and without a look into a table. */
export function messageCode(message: Message): number {
  switch (message.kind) {
    case "ACK":
      return MessageCode.ACK;
    case "PROPOSAL":
      return MessageCode.PROPOSAL;
    case "COMMIT":
      return MessageCode.COMMIT;
    default:
      return rareCode(message);
  }
}

type Rare = Exclude<Message, { kind: "ACK" | "PROPOSAL" | "COMMIT" }>;

function rareCode(message: Rare): number {
  switch (message.kind) {
    case "PING":
    case "REQUEST":
    case "REVALIDATE":
    case "SYNC":
    case "INFORM":
    case "COMMITANDACTIVATE":
    case "INFORMANDACTIVATE":
    case "NEWLEADER":
    case "FOLLOWERINFO":
    case "UPTODATE":
    case "DIFF":
    case "TRUNC":
    case "SNAP":
    case "OBSERVERINFO":
    case "LEADERINFO":
    case "ACKEPOCH":
    case "SNAPPIECE":
    case "hello":
    case "connect":
    case "connectResponse":
    case "request":
    case "reply":
    case "watchEvent":
      return MessageCode[message.kind];
    case "notification":
      return NOTIFICATION_CODES[message.state];
  }
}
