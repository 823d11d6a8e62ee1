import type { ElectionMessage } from "./election/notification.ts";
import type { ClientToServer, ServerToClient } from "./request/operation.ts";
import type { QuorumPacket } from "./zab/packet.ts";

/** The three ports of a server. */
export type Port = "election" | "quorum" | "client";

/** Whatever travels on a connection between servers, or between a client and a server. */
export type Message = ElectionMessage | QuorumPacket | ClientToServer | ServerToClient;

/**
 * One end of a connection, within one process: positive when this side opened it (the core numbers those),
 * negative when it was accepted (the driver numbers those). Never used again in the life of the process.
 */
export type ConnId = number;
