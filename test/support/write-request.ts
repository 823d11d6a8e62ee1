import { DEFAULT_OPTIONS } from "../../core/options.ts";
import type { WriteRequest } from "../../core/request/write-request.ts";
import type { SessionId } from "../../core/session/session-id.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";

/** A write of session 1 from somewhere, with nothing against it. */
export const WRITE_REQUEST: WriteRequest = {
  sessionId: 1n as SessionId,
  zxid: ZERO_ZXID,
  timeMs: 0,
  sessionErr: 0,
  ephemeralErr: 0,
  identities: [{ scheme: "ip", id: "10.0.0.1" }],
  options: DEFAULT_OPTIONS,
};
