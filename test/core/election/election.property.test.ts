import * as fc from "fast-check";
import { test } from "vitest";
import type { Notification } from "../../../core/election/notification.ts";
import { isQuorum } from "../../../core/election/quorum.ts";
import { supersedes } from "../../../core/election/vote.ts";
import { z } from "../../support/effect-text.ts";
import { boot, configOf, history, pass, receive, type Machine } from "../../support/machine.ts";
import { meet } from "../../support/roles.ts";

// Whole elections: real servers, and between them queues that a schedule empties in any order.

type Electorate = {
  readonly machines: readonly Machine[];
  /** What is under way from one server to another, oldest first. */
  readonly ways: { readonly from: number; readonly to: number; readonly queue: Notification[] }[];
  /** Everything that anybody ever said, by sid. */
  readonly said: Map<number, Notification[]>;
  readonly elected: { readonly sid: number; readonly vote: Machine["server"]["vote"] }[];
};

const anyPast = fc.record({ counter: fc.nat(2), epoch: fc.integer({ min: 1, max: 2 }) });
const anyElectorate = fc.array(anyPast, { minLength: 2, maxLength: 5 }).map(electorateOf);
const anyOrder = fc.array(fc.nat(1000), { maxLength: 120, size: "max" });

test("whatever the order of the messages, if all arrive in time, all elect the best server", () => {
  fc.assert(
    fc.property(anyElectorate, anyOrder, (electorate, order) => {
      for (const pick of order) deliverOne(electorate, pick);
      deliverAll(electorate);
      pass200(electorate);

      const best = electorate.machines
        .map(({ server }) => server)
        .reduce((one, other) =>
          supersedes(one.config.quorum, ownVote(other), ownVote(one)) ? other : one,
        );
      return electorate.machines.every(
        ({ server }) =>
          server.vote.leader === best.sid &&
          server.state === (server === best ? "LEADING" : "FOLLOWING"),
      );
    }),
    { numRuns: 60 },
  );
});

// S19 of the spec: with any delays the result need not be unique, but somebody stood behind it.
test("whoever ends an election has heard a quorum say what it elects", () => {
  fc.assert(
    fc.property(anyElectorate, anyOrder, (electorate, order) => {
      for (const pick of order) {
        if (pick % 7 === 0) passSome(electorate, pick);
        else deliverOne(electorate, pick);
      }
      for (let again = 0; again < 10; again++) {
        deliverAll(electorate);
        pass200(electorate);
      }

      const quorum = electorate.machines[0]!.server.config.quorum;
      return (
        electorate.elected.length > 0 &&
        electorate.elected.every(({ sid, vote }) => {
          const behind = [...electorate.said]
            .filter(([, said]) => said.some((each) => isSame(each, vote)))
            .map(([voter]) => voter);
          return isQuorum(quorum, [...behind, sid]);
        })
      );
    }),
    { numRuns: 60 },
  );
});

function electorateOf(pasts: readonly { counter: number; epoch: number }[]): Electorate {
  const voters = pasts.length;
  const machines = pasts.map(({ counter, epoch }, index) =>
    boot(configOf(index + 1, { voters }), history([z(1, counter)], { current: epoch })),
  );
  const electorate: Electorate = { machines, ways: [], said: new Map(), elected: [] };
  for (const { server } of machines) {
    electorate.said.set(server.sid, []);
    for (let to = 1; to <= voters; to++) {
      if (to !== server.sid) electorate.ways.push({ from: server.sid, to, queue: [] });
    }
  }
  for (const machine of machines) {
    for (let sid = 1; sid <= voters; sid++) if (sid !== machine.server.sid) meet(machine, sid);
  }
  collect(electorate);
  return electorate;
}

/** Puts what the servers have said on its way. */
function collect({ machines, ways, said, elected }: Electorate): void {
  for (const machine of machines) {
    const { sid, vote } = machine.server;
    for (const effect of machine.out.splice(0)) {
      if (effect.kind === "elected") elected.push({ sid, vote });
      if (effect.kind !== "send" || effect.message.kind !== "notification") continue;
      said.get(sid)!.push(effect.message);
      const to = [...machine.peers].find(([, conn]) => conn === effect.conn)?.[0];
      ways.find((way) => way.from === sid && way.to === to)?.queue.push(effect.message);
    }
  }
}

function deliverOne(electorate: Electorate, pick: number): void {
  const busy = electorate.ways.filter(({ queue }) => queue.length > 0);
  const way = busy[pick % Math.max(1, busy.length)];
  if (way === undefined) return;
  const machine = electorate.machines[way.to - 1]!;
  receive(machine, machine.peers.get(way.from)!, way.queue.shift()!);
  collect(electorate);
}

function deliverAll(electorate: Electorate): void {
  while (electorate.ways.some(({ queue }) => queue.length > 0)) deliverOne(electorate, 0);
}

function pass200(electorate: Electorate): void {
  for (const machine of electorate.machines) pass(machine, 200);
  collect(electorate);
}

/** Clocks do not run alike: one server's time passes. */
function passSome(electorate: Electorate, pick: number): void {
  pass(electorate.machines[pick % electorate.machines.length]!, 120);
  collect(electorate);
}

function ownVote({ sid, currentEpoch, database }: Machine["server"]): Machine["server"]["vote"] {
  return {
    leader: sid,
    zxid: database?.lastZxid ?? z(0, 0),
    electionEpoch: 0,
    peerEpoch: currentEpoch,
  };
}

/** A vote of one that looks is for a round; of one that is done, for a leader of an epoch. */
function isSame(said: Notification, vote: Machine["server"]["vote"]): boolean {
  if (said.leader !== vote.leader || said.peerEpoch !== vote.peerEpoch) return false;
  return said.state !== "LOOKING" || said.electionEpoch === vote.electionEpoch;
}
