import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  chooseFromLogs,
  chooseFromMemory,
  type SyncChoice,
} from "../../../core/zab/sync-choice.ts";
import { counterOf, epochOf, type Zxid } from "../../../core/zxid.ts";
import type { Txn } from "../../../core/txn.ts";
import { z, zxidText } from "../../support/effect-text.ts";
import { run, zxidsOf } from "../../support/txn-run.ts";

// Spec election-and-zab 5.2, 5.3; LearnerHandler.java (syncFollower, queueCommittedProposals).

/** A leader that has 1.3 … 1.6 in memory. */
const HELD = { last: z(1, 6), committed: run(1, 3, 6) };
/** The same one, new in epoch 2, with one transaction of it. */
const LED = { last: z(2, 1), committed: [...run(1, 3, 6), ...run(2, 1, 1)] };
/** A leader that has just been established: its last zxid is the start of the epoch. */
const FRESH = { last: z(2, 0), committed: run(1, 3, 6) };

describe("from memory", () => {
  test.each<[string, typeof HELD, Zxid, string]>([
    ["a learner at the leader's own zxid lacks nothing", HELD, z(1, 6), "DIFF 1.6"],
    ["one within gets what follows", HELD, z(1, 4), "DIFF 1.6: 1.5 1.6"],
    ["one at the oldest that is held gets the rest", HELD, z(1, 3), "DIFF 1.6: 1.4 1.5 1.6"],
    ["one just before it may need the logs", HELD, z(1, 2), "ask the logs"],
    ["an empty one may need the logs", HELD, z(0, 0), "ask the logs"],
    ["one ahead is cut back (ZOOKEEPER-1154)", HELD, z(1, 8), "TRUNC 1.6"],
    ["one ahead in a later epoch is cut back too", HELD, z(3, 2), "TRUNC 1.6"],
    ["one at the start of a later epoch gets the tree", HELD, z(2, 0), "SNAP"],
    ["across an epoch what follows is sent all the same", LED, z(1, 5), "DIFF 2.1: 1.6 2.1"],
    ["a tail of the old epoch cannot be cut across its end", LED, z(1, 7), "SNAP"],
    ["one at the start of the present epoch gets all of it", LED, z(2, 0), "DIFF 2.1: 2.1"],
    ["a new leader cuts back to its newest transaction", FRESH, z(1, 9), "TRUNC 1.6"],
    ["for a new leader, its own newest transaction is the newest", FRESH, z(1, 6), "DIFF 1.6"],
    ["the start of a new leader's epoch is where it is itself", FRESH, z(2, 0), "DIFF 2.0"],
    [
      "an empty new leader gives an empty learner its tree (ZOOKEEPER-1319)",
      { last: z(1, 0), committed: [] },
      z(0, 0),
      "ask the logs",
    ],
    [
      "without anything in memory one ahead is cut back to the tree",
      { last: z(1, 6), committed: [] },
      z(1, 7),
      "TRUNC 1.6",
    ],
  ])("%s", (_, history, peer, answer) => {
    expect(textOf(chooseFromMemory(history, peer))).toBe(answer);
  });

  test("a hole inside an epoch is filled by a cut and what follows", () => {
    const history = { last: z(1, 9), committed: [...run(1, 3, 4), ...run(1, 7, 9)] };

    expect(textOf(chooseFromMemory(history, z(1, 5)))).toBe("TRUNC 1.4: 1.7 1.8 1.9");
  });

  test("a cut never goes back into an earlier epoch", () => {
    const history = { last: z(3, 1), committed: [...run(1, 1, 2), ...run(3, 1, 1)] };

    expect(textOf(chooseFromMemory(history, z(2, 4)))).toBe("SNAP");
    expect(textOf(chooseFromMemory(history, z(1, 5)))).toBe("SNAP");
  });
});

describe("from the logs", () => {
  test.each<[string, typeof HELD, Txn[], Zxid, string]>([
    [
      "logs and memory together reach back",
      HELD,
      run(1, 1, 6),
      z(1, 1),
      "DIFF 1.6: 1.2 1.3 1.4 1.5 1.6",
    ],
    [
      "where they meet without overlap",
      HELD,
      run(1, 1, 2),
      z(1, 1),
      "DIFF 1.6: 1.2 1.3 1.4 1.5 1.6",
    ],
    ["a log that begins behind the learner is no help", HELD, run(1, 2, 6), z(1, 1), "SNAP"],
    [
      "a hole in the log (ZOOKEEPER-2846)",
      HELD,
      [...run(1, 1, 1), ...run(1, 3, 6)],
      z(1, 1),
      "SNAP",
    ],
    [
      "a hole between log and memory (ZOOKEEPER-2418)",
      { last: z(1, 9), committed: run(1, 8, 9) },
      run(1, 1, 5),
      z(1, 2),
      "SNAP",
    ],
    ["a learner at a zxid that the log does not know", HELD, run(1, 1, 6), z(0, 7), "SNAP"],
    [
      "an epoch that begins late is a hole",
      { last: z(2, 3), committed: run(2, 2, 3) },
      run(1, 1, 5),
      z(1, 2),
      "SNAP",
    ],
    [
      "an epoch that begins with its first transaction is none",
      { last: z(2, 2), committed: run(2, 1, 2) },
      run(1, 1, 5),
      z(1, 4),
      "DIFF 2.2: 1.5 2.1 2.2",
    ],
    [
      "an epoch that ended early is followed by a later one",
      { last: z(4, 1), committed: run(4, 1, 1) },
      [...run(1, 1, 2), ...run(2, 1, 1)],
      z(1, 1),
      "DIFF 4.1: 1.2 2.1 4.1",
    ],
    [
      "with nothing in memory the log alone will do",
      { last: z(1, 4), committed: [] },
      run(1, 1, 4),
      z(1, 2),
      "DIFF 1.4: 1.3 1.4",
    ],
    [
      "what the log has beyond the tree is not sent",
      { last: z(1, 4), committed: [] },
      run(1, 1, 6),
      z(1, 2),
      "DIFF 1.4: 1.3 1.4",
    ],
    [
      "what the log has beyond the memory is not sent",
      { last: z(1, 6), committed: run(1, 5, 6) },
      run(1, 1, 9),
      z(1, 3),
      "DIFF 1.6: 1.4 1.5 1.6",
    ],
  ])("%s", (_, history, logged, peer, answer) => {
    expect(textOf(chooseFromLogs(history, logged, peer))).toBe(answer);
  });
});

// Epochs of up to four transactions; the learner has a prefix, or a prefix and a tail of its own.
const anyPast = fc
  .array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 3 })
  .map((counts) => counts.flatMap((count, index) => run(index + 1, 1, count)));

test("whatever is chosen, it makes the learner's history the leader's", () => {
  fc.assert(
    fc.property(anyPast, fc.nat(11), fc.nat(3), fc.nat(11), (txns, had, tail, kept) => {
      const committed = txns.slice(Math.min(kept, txns.length - 1));
      const last = txns.at(-1)!.zxid;
      const common = txns.slice(0, had % (txns.length + 1));
      const from = common.at(-1)?.zxid ?? z(1, 0);
      const own = run(epochOf(from), counterOf(from) + 1, counterOf(from) + tail);
      const peer = [...common, ...own];
      // A tail of its own is one that no leader has.
      fc.pre(own.every(({ zxid }) => !txns.some((txn) => txn.zxid === zxid)));
      const at = peer.at(-1)?.zxid ?? z(0, 0);
      const history = { last, committed };

      const choice = chooseFromMemory(history, at) ?? chooseFromLogs(history, txns, at);

      if (choice.mode === "SNAP") return true;
      const left = choice.mode === "DIFF" ? peer : peer.filter(({ zxid }) => zxid <= choice.zxid);
      return zxidsOf([...left, ...choice.txns]).join() === zxidsOf(txns).join();
    }),
    { numRuns: 500 },
  );
});

test("a learner with a part of the leader's history is never sent the tree when logs reach back", () => {
  fc.assert(
    fc.property(anyPast, fc.nat(11), fc.nat(11), (txns, had, kept) => {
      const committed = txns.slice(Math.min(kept, txns.length - 1));
      const at = txns[had % txns.length]!.zxid;
      const history = { last: txns.at(-1)!.zxid, committed };
      const choice = chooseFromMemory(history, at) ?? chooseFromLogs(history, txns, at);
      return choice.mode === "DIFF";
    }),
  );
});

function textOf(choice: SyncChoice | null): string {
  if (choice === null) return "ask the logs";
  if (choice.mode === "SNAP") return "SNAP";
  const sent = choice.txns.length === 0 ? "" : `: ${zxidsOf(choice.txns).join(" ")}`;
  return `${choice.mode} ${zxidText(choice.zxid)}${sent}`;
}
