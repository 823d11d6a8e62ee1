import { isQuorum, type Quorum } from "../../core/election/quorum.ts";
import { configurationIn } from "../../core/ensemble/configuration.ts";
import { OpCode, type Txn } from "../../core/txn.ts";
import type { Checks } from "./checks.ts";
import { commonPrefix, isPrefix } from "./history.ts";

/**
 * May these servers (bits, by their place) decide that `node` is committed? Those that do not vote are not counted.
 * What is not committed yet needs the quorum of the configuration before it, and of every one that is part of it.
 */
export function mayDecide(checks: Checks, set: number, node: number): boolean {
  if (checks.configurations.length === 0) return decides(checks, checks.quorum, set);
  const { history, configurations } = checks;
  const before = commonPrefix(history, checks.committed, node);
  if (!decides(checks, quorumAt(checks, before), set)) return false;
  for (const { node: at, quorum } of configurations) {
    const isNew = at !== before && isPrefix(history, before, at) && isPrefix(history, at, node);
    if (isNew && !decides(checks, quorum, set)) return false;
  }
  return true;
}

/** Do these servers keep `node`, which is committed: could nobody lead without one of them? */
export function mayKeep(checks: Checks, set: number, node: number): boolean {
  return decides(checks, quorumAt(checks, node), set);
}

/** The quorum in force once `node` is committed. */
export function quorumAt(checks: Checks, node: number): Quorum {
  const { history, configurations } = checks;
  for (let at = configurations.length - 1; at >= 0; at--) {
    const configuration = configurations[at]!;
    if (isPrefix(history, configuration.node, node)) return configuration.quorum;
  }
  return checks.quorum;
}

/** A leader has proposed another configuration, as the transaction that `node` ends with. */
export function configurationProposed(checks: Checks, node: number, txn: Txn): void {
  if (txn.type !== OpCode.reconfig) return;
  const configuration = configurationIn(txn);
  if (configuration === null || checks.configurations.some((known) => known.node === node)) return;
  checks.configurations.push({ node, quorum: configuration.quorum });
}

function decides(checks: Checks, quorum: Quorum, set: number): boolean {
  if (quorum !== checks.quorum || quorum.kind !== "majority") {
    return isQuorum(quorum, sidsOf(checks, set));
  }
  let count = 0;
  for (let left = set & checks.voters; left !== 0; left &= left - 1) count++;
  return count > quorum.voters.length >> 1;
}

/**
 * Who has `node` durable. A damaged disk still counts as holding it: the protocol does not
 * promise to survive that, and whoever counts on it is not to blame.
 */
export function holdersOf(checks: Checks, node: number): number {
  let set = checks.damaged;
  for (const watch of checks.watches) {
    if (isPrefix(checks.history, node, watch.durable)) set |= 1 << watch.index;
  }
  return set;
}

export function sidsOf(checks: Checks, set: number): number[] {
  return checks.watches.filter(({ index }) => (set & (1 << index)) !== 0).map(({ sid }) => sid);
}
