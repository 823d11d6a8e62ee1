import { formatZxid, ZERO_ZXID } from "../../core/zxid.ts";
import { report, type Checks } from "./checks.ts";
import { partBefore } from "./commit.ts";
import { delivered } from "./delivery.ts";
import type { ServerFace } from "./face.ts";
import { isPrefix, NO_NODE, NO_SLOT, zxidAt } from "./history.ts";
import type { Watch } from "./watch.ts";

/** Memory goes; of what had been written, the next `recovered` tells what is left. */
export function processEnded(watch: Watch): void {
  watch.down = true;
  watch.state = "LOOKING";
  watch.serving = false;
  watch.logFile = "";
  watch.rolledFiles.length = 0;
  watch.syncTickets.length = 0;
  watch.syncNodes.length = 0;
  watch.files.length = 0;
  watch.restsOn = NO_NODE;
  watch.fuzzyUntil = NO_NODE;
  watch.sessionsJudgedAt = NO_NODE;
  watch.replacing = false;
  watch.bootTicket = 0;
  watch.booted = false;
  watch.leaderConn = 0;
  watch.leader = -1;
  watch.linkEpoch = 0;
  watch.linkStart = ZERO_ZXID;
  watch.oldLinks.clear();
  watch.newLeaderAcked = false;
  watch.following = NO_SLOT;
  watch.adopted = NO_SLOT;
  watch.upToDate = false;
  watch.leading = NO_SLOT;
  watch.learners.clear();
}

/** What a server shows after its turn: S2 for its epochs, S15 and S9 for its clients. */
export function stateShown(checks: Checks, watch: Watch, face: ServerFace): void {
  if (watch.down) return;
  if (!watch.booted && watch.bootTicket === 0) epochsRead(watch, face);
  if (face.state !== watch.state) {
    watch.state = face.state;
    if (face.state === "LOOKING") watch.leading = NO_SLOT;
  }
  if (
    face.currentEpoch !== watch.shownCurrentEpoch ||
    face.acceptedEpoch !== watch.shownAcceptedEpoch
  ) {
    epochsShown(checks, watch, face);
  }
  if (!face.serving) watch.serving = false;
  else if (!mayServe(checks, watch)) {
    const because =
      watch.state === "LEADING" ? "is not established" : "has no UPTODATE from a leader";
    report(
      checks,
      "S15",
      watch.sid,
      `server ${watch.sid} is ${watch.state}, serves clients, and ${because}`,
    );
  } else if (!watch.serving) servingBegun(checks, watch);
}

/** What a process found on its disk, and has made sure of by its first sync, is durable. */
function epochsRead(watch: Watch, face: ServerFace): void {
  watch.booted = true;
  watch.acceptedEpoch = Math.max(watch.acceptedEpoch, face.acceptedEpoch);
  watch.currentEpoch = Math.max(watch.currentEpoch, face.currentEpoch);
}

/** S2: what a server shows, from `recovered` on, is never less than what was durable before. */
function epochsShown(checks: Checks, watch: Watch, face: ServerFace): void {
  const { acceptedEpoch, currentEpoch } = face;
  watch.shownAcceptedEpoch = acceptedEpoch;
  watch.shownCurrentEpoch = currentEpoch;
  const fell = acceptedEpoch < watch.acceptedEpoch || currentEpoch < watch.currentEpoch;
  if (fell || currentEpoch > acceptedEpoch) {
    report(
      checks,
      "S2",
      watch.sid,
      `server ${watch.sid} has acceptedEpoch ${acceptedEpoch} and currentEpoch ${currentEpoch}; durable were ${watch.acceptedEpoch} and ${watch.currentEpoch}`,
    );
  }
}

function mayServe(checks: Checks, watch: Watch): boolean {
  if (watch.state === "LEADING") return checks.leaderships[watch.leading]?.established === true;
  return watch.state !== "LOOKING" && watch.upToDate;
}

/** S15: it has applied what its leader began with. S9: a leader has all that clients know to have happened. */
function servingBegun(checks: Checks, watch: Watch): void {
  const { history } = checks;
  watch.serving = true;
  const tree = formatZxid(zxidAt(history, watch.tree));
  const isLeader = watch.state === "LEADING";
  const leadership = checks.leaderships[isLeader ? watch.leading : watch.following];
  if (leadership !== undefined && !isPrefix(history, leadership.initial, watch.tree)) {
    const initial = formatZxid(zxidAt(history, leadership.initial));
    report(
      checks,
      "S15",
      watch.sid,
      `server ${watch.sid} serves clients in epoch ${leadership.epoch} from a tree up to ${tree}; the epoch began with ${initial}`,
    );
  }
  if (!isLeader || leadership === undefined) {
    delivered(checks, watch, watch.tree);
    return;
  }
  // A leader that was deposed before it knew may still be established, and serve what it has: it can commit
  // nothing. It owes its clients what was acknowledged in epochs before its own.
  const owed = partBefore(checks, checks.acknowledged, leadership.epoch);
  if (!isPrefix(history, owed, watch.tree)) {
    const known = formatZxid(zxidAt(history, owed));
    report(
      checks,
      "S9",
      watch.sid,
      `server ${watch.sid} serves as leader from a tree up to ${tree} that lacks a write acknowledged up to ${known}`,
    );
  }
  delivered(checks, watch, watch.tree);
}
