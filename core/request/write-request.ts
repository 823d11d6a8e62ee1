import type { ServerOptions } from "../options.ts";
import type { SessionId } from "../session/session-id.ts";
import type { Identity } from "../tree/acl.ts";
import type { TxnBody } from "../txn.ts";
import type { Zxid } from "../zxid.ts";

/** A write in the hands of the one who decides about writes. Its zxid is spent whatever comes of it. */
export type WriteRequest = {
  readonly sessionId: SessionId;
  readonly zxid: Zxid;
  /** The leader's wall clock. */
  readonly timeMs: number;
  /** What the session checks said: 0, or the error that this write shall have. */
  readonly sessionErr: number;
  /** The same for the create of an ephemeral, which asks for more. */
  readonly ephemeralErr: number;
  /** Who the client was when it asked. */
  readonly identities: readonly Identity[];
  readonly options: ServerOptions;
};

/** An outcome before its digest is known: what to do, or an error code. */
export type Decision = TxnBody | number;
