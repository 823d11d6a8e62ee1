import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { ConnId } from "../../../core/message.ts";
import type { SessionId } from "../../../core/session/session-id.ts";
import { epochOf, type Zxid } from "../../../core/zxid.ts";
import { forget, hold, release, wake, type Machine } from "../../support/machine.ts";
import { asks, connects, create, following, told } from "../../support/roles.ts";
import { txnOf } from "../../support/txn-run.ts";

// Client protocol 10.1: whatever the leader and the commit thread do meanwhile, the requests of one session are
// answered in the order in which they came, at zxids that never fall, and every write before it shows in a read.

type Move =
  | {
      readonly kind: "ask";
      readonly session: 7 | 8;
      readonly what: "read" | "write" | "sync" | "ping";
    }
  /** The leader decides on the oldest request that it has not decided on; or somebody else writes. */
  | { readonly kind: "decide" }
  | { readonly kind: "elsewhere" }
  | { readonly kind: "turn" };

const anyMove: fc.Arbitrary<Move> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant("ask" as const),
      session: fc.constantFrom(7 as const, 8 as const),
      what: fc.constantFrom(
        "read" as const,
        "write" as const,
        "write" as const,
        "sync" as const,
        "ping" as const,
      ),
    }),
  },
  { weight: 3, arbitrary: fc.constant({ kind: "decide" as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: "elsewhere" as const }) },
  { weight: 3, arbitrary: fc.constant({ kind: "turn" as const }) },
);

test("requests of a session are answered in order, each after what was decided before it", () => {
  fc.assert(
    fc.property(fc.array(anyMove, { maxLength: 60, size: "max" }), (moves) => {
      const stage = createStage();
      for (const move of moves) make(stage, move);
      while (stage.undecided.length > 0) make(stage, { kind: "decide" });
      release(stage.machine);
      collect(stage);

      for (const session of [7, 8] as const) {
        const answers = stage.answers.get(session)!;
        expect(answers.map(({ xid }) => xid)).toEqual(stage.asked.get(session));
        for (const [index, { zxid }] of answers.entries()) {
          expect(zxid).toBeGreaterThanOrEqual(answers[index - 1]?.zxid ?? 0n);
          expect(epochOf(zxid)).toBeGreaterThanOrEqual(1);
        }
      }
    }),
    { numRuns: 150 },
  );
});

type Stage = {
  readonly machine: Machine;
  readonly conns: ReadonlyMap<7 | 8, ConnId>;
  /** xids in the order of asking; a ping is answered as −2. */
  readonly asked: ReadonlyMap<7 | 8, number[]>;
  readonly answers: ReadonlyMap<7 | 8, { xid: number; zxid: Zxid }[]>;
  /** What went to the leader and is not decided. */
  readonly undecided: { session: 7 | 8; xid: number; what: "write" | "sync" }[];
  xid: number;
  counter: number;
};

function createStage(): Stage {
  const machine = following();
  const conns = new Map<7 | 8, ConnId>();
  for (const session of [7, 8] as const) {
    conns.set(session, connects(machine, String(session), { session: BigInt(session) }));
    const sessionId = BigInt(session) as SessionId;
    told(machine, { kind: "REVALIDATE", sessionId, timeoutMs: 4000, valid: true });
  }
  hold(machine, "commit");
  forget(machine);
  return {
    machine,
    conns,
    asked: new Map([
      [7, []],
      [8, []],
    ]),
    answers: new Map([
      [7, []],
      [8, []],
    ]),
    undecided: [],
    xid: 0,
    counter: 0,
  };
}

function make(stage: Stage, move: Move): void {
  const { machine, undecided } = stage;
  switch (move.kind) {
    case "ask": {
      const { session, what } = move;
      const xid = ++stage.xid;
      const conn = stage.conns.get(session)!;
      stage.asked.get(session)!.push(what === "ping" ? -2 : xid);
      if (what === "read") asks(machine, conn, xid, { kind: "exists", path: "/", watch: false });
      else if (what === "ping") asks(machine, conn, -2, { kind: "ping" });
      else if (what === "sync") asks(machine, conn, xid, { kind: "sync", path: "/" });
      else asks(machine, conn, xid, create(`/n${xid}`));
      if (what === "write" || what === "sync") undecided.push({ session, xid, what });
      break;
    }
    case "decide": {
      const next = undecided.shift();
      if (next === undefined) break;
      if (next.what === "sync") told(machine, { kind: "SYNC" });
      else commit(stage, BigInt(next.session), next.xid);
      break;
    }
    case "elsewhere":
      commit(stage, 99n, stage.counter);
      break;
    case "turn":
      if (machine.woken.length > 0) wake(machine, "commit");
      break;
  }
  collect(stage);
}

function commit(stage: Stage, session: bigint, cxid: number): void {
  const txn = txnOf(2, ++stage.counter, { kind: "error", err: -110 }, { session, cxid });
  told(stage.machine, { kind: "PROPOSAL", txn });
  told(stage.machine, { kind: "COMMIT", zxid: txn.zxid });
}

function collect({ machine, conns, answers }: Stage): void {
  for (const effect of machine.out.splice(0)) {
    if (effect.kind !== "send" || effect.message.kind !== "reply") continue;
    const { xid, zxid } = effect.message;
    for (const [session, conn] of conns) {
      if (conn === effect.conn) answers.get(session)!.push({ xid, zxid });
    }
  }
}
