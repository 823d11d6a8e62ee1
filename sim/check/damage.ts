import { isVoter } from "../../core/election/quorum.ts";
import { ZERO_ZXID, type Zxid } from "../../core/zxid.ts";
import type { Checks } from "./checks.ts";
import {
  COMMITTED,
  commonPrefix,
  isPrefix,
  NO_NODE,
  NO_SLOT,
  prefixUpTo,
  ROOT,
  zxidAt,
} from "./history.ts";
import { mayKeep, quorumAt } from "./quorum-set.ts";
import type { Watch } from "./watch.ts";

/*
 * Faults that take from a disk what had been made durable. The protocol survives them only while a quorum of the
 * other servers keeps everything that the disk stood for.
 */

/** What a disk may be read back as: of a copy of it, as of the instant at which that was made. */
export type DiskMemory = Pick<Watch, "log" | "oldLog" | "snapshotEnd">;

const NOTHING: DiskMemory = { log: ROOT, oldLog: NO_NODE, snapshotEnd: NO_NODE };

export function diskMemory(checks: Checks, sid: number): DiskMemory {
  const watch = checks.bySid.get(sid);
  if (watch === undefined) return NOTHING;
  const { log, oldLog, snapshotEnd } = watch;
  return { log, oldLog, snapshotEnd };
}

/**
 * A fault took from the disk of `sid` what had been made durable: emptied it, damaged a file, or put an older copy in its
 * place. To be told when its process has ended and before it starts again. The server may come back
 * with any part of `left` and with lower epochs; what the others then make of it is still judged.
 *
 * @param left "nothing"; "any part" of what was there; or what a copy of it stood for
 * @param isOwed the others need not have what is gone: that a quorum no longer holds it is nobody's fault
 */
export function diskDamaged(
  checks: Checks,
  sid: number,
  left: DiskMemory | "nothing" | "any part",
  isOwed: boolean,
): void {
  const watch = checks.bySid.get(sid);
  if (watch === undefined) return;
  if (isOwed) checks.damaged |= 1 << watch.index;
  if (left !== "any part") Object.assign(watch, left === "nothing" ? NOTHING : left);
  watch.durable = ROOT;
  watch.oldLogFloor = watch.oldLog === NO_NODE ? NO_NODE : ROOT;
  watch.files.length = 0;
  watch.acceptedEpoch = 0;
  watch.currentEpoch = 0;
  watch.shownAcceptedEpoch = 0;
  watch.shownCurrentEpoch = 0;
  watch.promised = 0;
}

/**
 * May the disk of `sid` be damaged, so that whatever happens then is no excuse for a broken promise? So it is when
 * a quorum without it has durably what it has: its history, which it may have acked, and its epochs, which it
 * may have promised. One that does not vote may always be.
 */
export function mayBeDamaged(checks: Checks, sid: number): boolean {
  const watch = checks.bySid.get(sid);
  if (watch === undefined || !isVoter(quorumAt(checks, checks.committed), sid)) return true;
  const owed = owedBy(checks, watch);
  let holders = 0;
  for (const other of checks.watches) {
    const holds =
      other !== watch &&
      isPrefix(checks.history, owed, other.durable) &&
      isPrefix(checks.history, checks.committed, other.durable) &&
      other.acceptedEpoch >= watch.acceptedEpoch &&
      other.currentEpoch >= watch.currentEpoch;
    if (holds) holders |= 1 << other.index;
  }
  return mayKeep(checks, holders, checks.committed);
}

/**
 * What it may have acked to somebody. What it proposed itself, in the epoch that it is still in, it has acked to
 * nobody else, and so that counts only as far as it has committed it.
 */
function owedBy({ history, leaderships }: Checks, watch: Watch): number {
  const slot = history.slot[watch.durable]!;
  if (slot === NO_SLOT || (history.flags[watch.durable]! & COMMITTED) !== 0) return watch.durable;
  const own = leaderships[slot]!;
  const isItsOwn = own.leader === watch.index && own.epoch === watch.currentEpoch;
  return isItsOwn ? commonPrefix(history, own.initial, watch.durable) : watch.durable;
}

/**
 * Is what was read back a part of the history of `sid`, from its beginning and without a hole? False where nobody has
 * had that tree yet, too.
 *
 * @param from the zxid of the snapshot over which `txnCount` transactions were replayed, up to `zxid`
 */
export function isPartOf(
  checks: Checks,
  sid: number,
  read: {
    readonly from: Zxid;
    readonly txnCount: number;
    readonly zxid: Zxid;
    readonly digest: bigint;
  },
): boolean {
  const { history } = checks;
  const watch = checks.bySid.get(sid);
  if (watch === undefined) return false;
  if (read.zxid <= ZERO_ZXID) return true;
  const node = prefixUpTo(history, watch.log, read.zxid);
  const start = prefixUpTo(history, node, read.from);
  return (
    zxidAt(history, node) === read.zxid &&
    read.txnCount === history.depth[node]! - history.depth[start]! &&
    history.digests[node] === read.digest
  );
}
