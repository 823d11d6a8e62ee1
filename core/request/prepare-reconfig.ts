import { ErrorCode } from "./error-code.ts";
import type { Decision, WriteRequest } from "./write-request.ts";

/**
 * A change of the ensemble. Nothing here carries one out: what is not refused before is unimplemented,
 * as it is for a server alone.
 */
export function decideReconfig({ options, sessionErr }: WriteRequest): Decision {
  if (!options.reconfigEnabled) return ErrorCode.reconfigDisabled;
  return sessionErr === ErrorCode.ok ? ErrorCode.unimplemented : sessionErr;
}
