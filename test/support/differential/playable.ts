import type { CreateOp, MultiOp, Operation } from "../../../core/request/operation.ts";
import { CONFIG_PATH } from "./answer-text.ts";
import { ROOT } from "./conversation.ts";

const OP_CREATE_TTL = 21;
const OP_CREATE_CONTAINER = 19;
const OP_CHECK = 13;
const OP_MULTI = 14;
const SET_WATCHES: readonly number[] = [101, 105];
const OP_CREATE_SESSION = -10;
const TTL_FLAGS: readonly number[] = [5, 6];
const EPHEMERAL_FLAGS: readonly number[] = [1, 3];
const SEQUENTIAL_FLAGS: readonly number[] = [2, 3, 6];
/** No znode has been written so often: the write is refused, once its path and ACL are found to be good. */
const NEVER_VERSION = 77;

const FIRST_PATHS: ReadonlySet<string> = new Set([
  "",
  "/",
  "/zookeeper",
  "/zookeeper/quota",
  "/zookeeper/config",
]);

/**
 * May it be asked of the servers compared? All that may not, by name:
 *
 * - a check outside a multi: 3.8.0 never answers it, and cannot start again on its log;
 * - createTTL without a TTL's flags and with a negative one: 3.8.0's pipeline dies, and the server with it;
 * - createContainer with the flags of an ephemeral: 3.8.0 makes a container and logs the digest of an ephemeral, which
 *   every server that applies it finds to be wrong. Ours refuses it;
 * - checkWatches of a relative path of several names: 3.8.0 answers −121, or stumbles over it with −5 while any
 *   connection has a recursive watch;
 * - a multi with a part whose path is null: 3.8.0 answers it under xid 0 and with the end of a multi behind its −5;
 * - a setWatches with a null among its lists or paths: 3.8.0 tells of what is in front of it, and answers −5 then;
 * - createSession: 3.8.0 answers a ConnectResponse in the middle of a session;
 * - texts for the two znodes of a quota that have no numbers where numbers belong: 3.8.0 answers −5 to every write below
 *   while quotas are enforced, and the server dies of it where they are not. For ours they are unset;
 * - a check of /zookeeper/config at version 0: a standalone server has it there, an ensemble never has;
 * - what would last longer than the conversation: writes to the znodes that every server begins with, and creates
 *   beside {@link ROOT}. The first are asked with a version that they never have, the second not at all.
 */
export function isPlayable(op: Operation): boolean {
  switch (op.kind) {
    case "create":
      return isPlayableWrite(op) && !killsPipeline(op) && !isEphemeralContainer(op);
    case "delete":
    case "setData":
      return isPlayableWrite(op);
    case "setAcl":
      return !FIRST_PATHS.has(op.path) || op.version === NEVER_VERSION;
    case "multi":
      // Within a multi the flags alone say what a create is: nothing can disagree.
      return op.ops.every(isPlayableWrite);
    case "checkWatches":
      return !/^[^/]+\//.test(op.path);
    case "malformed":
      if (op.type === OP_MULTI) return !hasNullPath(op.body);
      if (SET_WATCHES.includes(op.type)) return !op.body.subarray(ZXID_BYTES).join().includes(NULL);
      return op.type !== OP_CHECK && op.type !== OP_CREATE_SESSION;
    case "unknown":
      return op.type !== OP_CREATE_SESSION;
    default:
      return true;
  }
}

function isPlayableWrite(op: MultiOp): boolean {
  switch (op.kind) {
    case "create":
      return isWithin(op) && isQuotaOrElsewhere(op.path, op.data);
    case "setData":
      if (FIRST_PATHS.has(op.path)) return op.version === NEVER_VERSION;
      return isQuotaOrElsewhere(op.path, op.data);
    case "check":
      return op.path !== CONFIG_PATH || op.version !== 0;
    case "delete":
      return true;
  }
}

function killsPipeline({ type, flags, ttlMs }: CreateOp): boolean {
  return type === OP_CREATE_TTL && !TTL_FLAGS.includes(flags) && ttlMs < 0;
}

function isEphemeralContainer({ type, flags }: CreateOp): boolean {
  return type === OP_CREATE_CONTAINER && EPHEMERAL_FLAGS.includes(flags);
}

/** The end of a header that says "not done", and the length of null. */
const NULL_PATH = Buffer.from("00ffffffffffffffff", "hex");

/** What a setWatches begins with, and the length of null among its bytes. */
const ZXID_BYTES = 8;
const NULL = "255,255,255,255";

function hasNullPath(multi: Uint8Array): boolean {
  return Buffer.from(multi).includes(NULL_PATH);
}

function isQuotaOrElsewhere(path: string, data: Uint8Array | null): boolean {
  if (!/\/zookeeper_(limits|stats)$/.test(path)) return true;
  return data !== null && /^(\w+=-?\d+=?[,;]*)*$/.test(new TextDecoder().decode(data));
}

/**
 * A relative path is refused. Numbers of sequential znodes are those of the conversation only below its own znodes,
 * and what is beside them must be there already.
 */
function isWithin({ path, flags }: CreateOp): boolean {
  if (!path.startsWith("/") || /^\/(d|nope|zookeeper\/quota\/d)\//.test(path)) return true;
  if (SEQUENTIAL_FLAGS.includes(flags)) return false;
  return path === ROOT || FIRST_PATHS.has(path) || path.startsWith("/zookeeper/quota/");
}
