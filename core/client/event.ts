import type { ConnId } from "../message.ts";
import type { ClientToServer, Operation, Result, ServerToClient } from "../request/operation.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Zxid } from "../zxid.ts";

/** The timers that a client arms. */
export type ClientTimer =
  /** The pause before the next server is tried. */
  | "retry"
  /** Giving up on a server that takes no connection, or gives no session. */
  | "connect"
  /** Nothing was sent for a while. */
  | "ping"
  /** Nothing was heard for a while. */
  | "silence";

export const CLIENT_TIMERS: readonly ClientTimer[] = ["retry", "connect", "ping", "silence"];

/** Everything that can happen to a client. */
export type ClientEvent =
  | { readonly kind: "received"; readonly conn: ConnId; readonly message: ServerToClient }
  /** The program asks for something; `ticket` comes back with the answer. */
  | { readonly kind: "invoked"; readonly ticket: number; readonly op: Operation }
  | { readonly kind: "fired"; readonly timer: ClientTimer }
  | { readonly kind: "connected"; readonly conn: ConnId }
  | { readonly kind: "disconnected"; readonly conn: ConnId }
  /** Opens a new session, the first one or after the last one ended. `entropy`: 0 … 2^32 − 1. */
  | { readonly kind: "opened"; readonly entropy: number }
  /** The program closes its session in good order. */
  | { readonly kind: "closed" };

/** What a program sees of its session. */
export type SessionState = "none" | "connecting" | "connected" | "suspended" | "expired" | "closed";

/** Why a request got no answer. */
export type Loss = "connectionLoss" | "sessionExpired" | "sessionClosed";

/** Everything a client asks of the world, or tells its program, in order. */
export type ClientEffect =
  | { readonly kind: "send"; readonly conn: ConnId; readonly message: ClientToServer }
  | { readonly kind: "connect"; readonly conn: ConnId; readonly address: string }
  | { readonly kind: "close"; readonly conn: ConnId }
  | { readonly kind: "arm"; readonly timer: ClientTimer; readonly afterMs: number }
  | { readonly kind: "disarm"; readonly timer: ClientTimer }
  /** A request was answered; `err` is 0 or an error code. */
  | {
      readonly kind: "completed";
      readonly ticket: number;
      readonly err: number;
      readonly zxid: Zxid;
      readonly result: Result | null;
    }
  /** A request will never be answered. Whether it was carried out is not known, unless it never left. */
  | {
      readonly kind: "lost";
      readonly ticket: number;
      readonly reason: Loss;
      readonly sent: boolean;
    }
  | {
      readonly kind: "sessionChanged";
      readonly state: SessionState;
      readonly sessionId: SessionId;
      /** The server it is about, or "" while there is none. */
      readonly address: string;
    }
  /** A watch of this client fired. */
  | { readonly kind: "watched"; readonly type: number; readonly path: string };
