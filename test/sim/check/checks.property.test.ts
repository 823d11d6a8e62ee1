import * as fc from "fast-check";
import { expect, test } from "vitest";
import { makeZxid } from "../../../core/zxid.ts";
import {
  ack,
  brokenIn,
  commitNext,
  crash,
  deliver,
  discover,
  drain,
  ensembleOf,
  establish,
  flush,
  followersOf,
  handle,
  hears,
  join,
  lastZxid,
  lead,
  log,
  look,
  peer,
  propose,
  recoveredWith,
  says,
  settle,
  start,
  synchronize,
  txnAt,
  upToDate,
  write,
  type Ensemble,
  type Peer,
} from "../../support/check-ensemble.ts";

/** Something that an ensemble may do; `pick` chooses who does it. */
type Step = { readonly act: Act; readonly pick: number };
type Act =
  | "elect"
  | "elect in vain"
  | "join"
  | "join by SNAP"
  | "propose"
  | "leader logs"
  | "handle"
  | "commit"
  | "write"
  | "crash"
  | "restart"
  | "step down";

const anyStep: fc.Arbitrary<Step> = fc.record({
  act: fc.constantFrom<Act>(
    "elect",
    "elect",
    "elect in vain",
    "join",
    "join by SNAP",
    "propose",
    "propose",
    "leader logs",
    "handle",
    "handle",
    "handle",
    "commit",
    "commit",
    "write",
    "crash",
    "restart",
    "restart",
    "step down",
  ),
  pick: fc.nat(1000),
});

const histories = fc.record({
  voters: fc.constantFrom(1, 3, 5),
  observers: fc.constantFrom(0, 1),
  steps: fc.array(anyStep, { minLength: 5, maxLength: 60 }),
});

test("what keeps to ZAB breaks none of the checks", () => {
  fc.assert(
    fc.property(histories, ({ voters, observers, steps }) => {
      const ensemble = ensembleOf(voters, observers);
      for (const step of steps) take(ensemble, step);
      expect(ensemble.checks.violations).toEqual([]);
    }),
    { numRuns: 500 },
  );
});

for (const [name, [expected, lie]] of Object.entries(lies())) {
  test(`${expected} notices, after any history, ${name}`, () => {
    fc.assert(
      fc.property(histories, ({ voters, observers, steps }) => {
        const ensemble = ensembleOf(Math.max(voters, 3), observers);
        for (const step of steps) take(ensemble, step);
        broadcastAgain(ensemble);
        expect(ensemble.checks.violations).toEqual([]);

        lie(ensemble, leaderOf(ensemble)!, followersOf(ensemble, leaderOf(ensemble)!.sid)[0]!);

        expect(brokenIn(ensemble)).toContain(expected);
      }),
      { numRuns: 60 },
    );
  });
}

type Lie = (ensemble: Ensemble, leader: Peer, follower: Peer) => void;

/** One thing done wrong by an ensemble in broadcast, and the check that has to notice. */
function lies(): Record<string, [string, Lie]> {
  return {
    "a forged delivery": [
      "Z1",
      (ensemble, leader, { sid }) => {
        const { zxid } = write(ensemble, leader.sid);
        deliver(ensemble, sid, txnAt(Number(zxid >> 32n), Number(zxid & 0xffffn) + 1, "forged"));
      },
    ],
    "a delivery left out": [
      "Z2",
      (ensemble, leader, follower) => {
        propose(ensemble, leader.sid);
        propose(ensemble, leader.sid);
        drain(ensemble, leader.sid);
        for (const { sid } of followersOf(ensemble, leader.sid)) settle(ensemble, sid);
        while (commitNext(ensemble, leader.sid));
        deliver(ensemble, follower.sid, leader.tree.at(-1)!);
      },
    ],
    "a proposal left out": [
      "Z4",
      (ensemble, leader) => {
        const { currentEpoch } = leader.face;
        const counter = Number(lastZxid(leader.proposed) & 0xffffn) + 2;
        write(ensemble, leader.sid);
        const txn = txnAt(currentEpoch, counter + 1);
        says(ensemble, leader.sid, [{ kind: "proposed", txn }]);
      },
    ],
    "a second delivery": [
      "Z5",
      (ensemble, leader, { sid }) => deliver(ensemble, sid, write(ensemble, leader.sid)),
    ],
    "an epoch used again": [
      "S1",
      (ensemble, leader, { sid }) => {
        says(ensemble, sid, [{ kind: "epochAcked", epoch: leader.face.currentEpoch }]);
      },
    ],
    "a delivery before the commit": [
      "S7",
      (ensemble, leader, { sid }) => {
        const txn = propose(ensemble, leader.sid);
        settle(ensemble, sid);
        deliver(ensemble, sid, txn);
      },
    ],
    "other bytes under a zxid": [
      "S8",
      (ensemble, leader, { sid }) => {
        const { zxid } = propose(ensemble, leader.sid);
        log(ensemble, sid, [txnAt(Number(zxid >> 32n), Number(zxid & 0xffffn), "other")]);
      },
    ],
    "a foreign transaction in a log": [
      "S6",
      (ensemble, leader, { sid }) => log(ensemble, sid, [txnAt(leader.face.currentEpoch, 900)]),
    ],
    "an ack before the sync": [
      "S10",
      (ensemble, leader, { sid }) => {
        const txn = propose(ensemble, leader.sid);
        hears(ensemble, sid, { kind: "PROPOSAL", txn });
        log(ensemble, sid, [txn]);
        ack(ensemble, sid, txn.zxid);
      },
    ],
    "a commit without acks": [
      "S11",
      (ensemble, leader) => {
        const txn = propose(ensemble, leader.sid);
        says(ensemble, leader.sid, [{ kind: "committed", txn }]);
      },
    ],
    "a COMMIT that skips one": [
      "S12",
      (ensemble, leader, { sid }) => {
        const txns = [propose(ensemble, leader.sid), propose(ensemble, leader.sid)] as const;
        for (const txn of txns) hears(ensemble, sid, { kind: "PROPOSAL", txn });
        hears(ensemble, sid, { kind: "COMMIT", zxid: txns[1].zxid });
      },
    ],
    "a truncation of committed transactions": [
      "S13",
      (ensemble, leader, { sid }) => {
        write(ensemble, leader.sid);
        const zxid = lastZxid(peer(ensemble, sid).log.slice(0, -1));
        look(ensemble, sid);
        says(ensemble, sid, [{ kind: "truncated", zxid }]);
      },
    ],
    "a tree that differs": [
      "S16",
      (ensemble, leader) => {
        const txn = propose(ensemble, leader.sid);
        log(ensemble, leader.sid, [txn]);
        flush(ensemble, leader.sid);
        for (const { sid } of followersOf(ensemble, leader.sid)) settle(ensemble, sid);
        commitNext(ensemble, leader.sid);
        const other = followersOf(ensemble, leader.sid)[0]!;
        says(ensemble, other.sid, [{ kind: "delivered", txn, digest: 5n }]);
      },
    ],
    "a disk that forgets": [
      "S16",
      (ensemble, leader, { sid }) => {
        write(ensemble, leader.sid);
        crash(ensemble, sid);
        says(ensemble, sid, [recoveredWith(peer(ensemble, sid).log.slice(0, -1))], {
          kind: "started",
          entropy: 0,
          wallOffsetMs: 0,
        });
      },
    ],
    "a leader that begins without something committed": [
      "S4",
      (ensemble, leader, { sid }) => {
        write(ensemble, leader.sid);
        const epoch = Math.max(...ensemble.servers.map(({ face }) => face.acceptedEpoch)) + 1;
        look(ensemble, sid);
        says(ensemble, sid, [{ kind: "truncated", zxid: makeZxid(0, 0) }]);
        says(ensemble, sid, [{ kind: "established", epoch }]);
      },
    ],
  };
}

/** Takes a step if it is possible and legal at the moment. */
function take(ensemble: Ensemble, { act, pick }: Step): void {
  const leader = leaderOf(ensemble);
  switch (act) {
    case "elect":
      elect(ensemble, pick, false);
      return;
    case "elect in vain":
      elect(ensemble, pick, true);
      return;
    case "join":
    case "join by SNAP": {
      const server = one(outsidersOf(ensemble), pick);
      if (leader === null || server === undefined) return;
      if (server.face.acceptedEpoch > leader.face.currentEpoch) return;
      join(ensemble, server.sid, leader.sid, act === "join by SNAP");
      return;
    }
    case "propose":
      if (leader !== null) propose(ensemble, leader.sid);
      return;
    case "leader logs":
      if (leader !== null) drain(ensemble, leader.sid);
      return;
    case "handle": {
      const follower = one(leader === null ? [] : followersOf(ensemble, leader.sid), pick);
      if (follower !== undefined) handle(ensemble, follower.sid);
      return;
    }
    case "commit":
      if (leader !== null) commitNext(ensemble, leader.sid);
      return;
    case "write":
      if (leader === null) return;
      drain(ensemble, leader.sid);
      for (const { sid } of followersOf(ensemble, leader.sid)) settle(ensemble, sid);
      while (commitNext(ensemble, leader.sid));
      write(ensemble, leader.sid);
      return;
    case "crash": {
      const server = one(
        ensemble.servers.filter(({ up }) => up),
        pick,
      );
      if (server === undefined) return;
      crash(ensemble, server.sid, pick % 3);
      stepDownWithoutQuorum(ensemble);
      return;
    }
    case "restart": {
      const server = one(
        ensemble.servers.filter(({ up }) => !up),
        pick,
      );
      if (server !== undefined) start(ensemble, server.sid);
      return;
    }
    case "step down":
      if (leader !== null) stepDown(ensemble, leader);
      return;
  }
}

/** The best of a quorum leads it, by epoch, then zxid; `inVain` stops before it is established. */
function elect(ensemble: Ensemble, pick: number, inVain: boolean): void {
  if (leaderOf(ensemble) !== null) return;
  const up = outsidersOf(ensemble).filter(({ observer }) => !observer);
  if (up.length < ensemble.quorum) return;
  const size = ensemble.quorum + (pick % (up.length - ensemble.quorum + 1));
  const members = rotated(up, pick).slice(0, size);
  const best = members.reduce((a, b) => (isBetter(b, a) ? b : a));
  const learners = members.filter((member) => member !== best).map(({ sid }) => sid);
  if (!inVain) {
    lead(ensemble, best.sid, learners);
    return;
  }
  discover(ensemble, best.sid, learners);
  for (const sid of learners.slice(0, pick % 2)) synchronize(ensemble, sid, pick % 3 === 0);
  for (const { sid } of members) look(ensemble, sid);
}

/** Ends whatever goes on, and has everybody in broadcast under one leader. */
function broadcastAgain(ensemble: Ensemble): void {
  const leader = leaderOf(ensemble);
  if (leader !== null) stepDown(ensemble, leader);
  for (const { sid, up } of ensemble.servers) if (!up) start(ensemble, sid);
  const voters = ensemble.servers.filter(({ observer }) => !observer);
  const best = voters.reduce((a, b) => (isBetter(b, a) ? b : a));
  const learners = voters.filter((member) => member !== best).map(({ sid }) => sid);
  discover(ensemble, best.sid, learners);
  for (const sid of learners) synchronize(ensemble, sid);
  establish(ensemble, best.sid);
  for (const sid of learners) upToDate(ensemble, sid);
  write(ensemble, best.sid);
}

function stepDown(ensemble: Ensemble, leader: Peer): void {
  const learners = followersOf(ensemble, leader.sid);
  for (const { sid } of [leader, ...learners]) look(ensemble, sid);
}

function stepDownWithoutQuorum(ensemble: Ensemble): void {
  const leader = leaderOf(ensemble);
  if (leader === null) return;
  const voters = followersOf(ensemble, leader.sid).filter(({ observer }) => !observer);
  if (voters.length + 1 < ensemble.quorum) stepDown(ensemble, leader);
}

function leaderOf(ensemble: Ensemble): Peer | null {
  const found = ensemble.servers.find(({ face }) => face.state === "LEADING" && face.serving);
  return found ?? null;
}

function outsidersOf(ensemble: Ensemble): Peer[] {
  return ensemble.servers.filter(({ up, face }) => up && face.state === "LOOKING");
}

function isBetter(a: Peer, b: Peer): boolean {
  if (a.face.currentEpoch !== b.face.currentEpoch) return a.face.currentEpoch > b.face.currentEpoch;
  const [mine, other] = [lastZxid(a.log), lastZxid(b.log)];
  return mine !== other ? mine > other : a.sid > b.sid;
}

function one<T>(among: readonly T[], pick: number): T | undefined {
  return among[pick % among.length];
}

function rotated<T>(among: readonly T[], by: number): T[] {
  const at = by % among.length;
  return [...among.slice(at), ...among.slice(0, at)];
}
