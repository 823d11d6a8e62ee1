import { expect, test } from "vitest";
import { rowAt } from "../../../sim/trace/columns.ts";
import { RowKind } from "../../../sim/trace/row.ts";
import type { Row } from "../../../sim/trace/row.ts";
import { createView, type ServerView } from "../../../sim/trace/view.ts";
import { compareVotes } from "../../../viz/player/comparison.ts";
import { explain, mainRowOf } from "../../../viz/player/explain.ts";
import { makeSampleTrace, SAMPLE_HEADER } from "../../support/sample-trace.ts";
import { runOf } from "../../support/sample-run.ts";

function voter(leader: number, zxid: bigint, peerEpoch: number): ServerView {
  const server = createView(SAMPLE_HEADER).servers[1] as ServerView;
  return { ...server, round: 3, vote: { leader, zxid, round: 3, peerEpoch } };
}

function notification(leader: number, zxid: bigint, peerEpoch: number, round = 3): Row {
  const c = peerEpoch * 256 + leader + 1;
  return { turn: 0, atUs: 0, kind: 10, who: 4, peer: 2, zxid, a: 41, b: round, c, link: 1 };
}

test.each([
  ["peerEpoch", notification(1, 0n, 3), "The vote heard is of a later epoch."],
  [
    "zxid",
    notification(4, 0x2_0000_0012n, 2),
    "Same epoch, but the vote heard has one write more.",
  ],
  ["leader", notification(4, 0x2_0000_0011n, 2), "Same epoch, same log; 4 is the larger sid."],
  ["zxid", notification(9, 0x2_0000_0001n, 2), "Same epoch, but the own vote has 16 writes more."],
])("a vote is decided by %s alone", (name, heard, because) => {
  const told = compareVotes(voter(2, 0x2_0000_0011n, 2), heard, true);

  expect(told.operands.filter(({ decides }) => decides).map((each) => each.name)).toEqual([name]);
  expect(told.because).toBe(because);
});

test("operands after the one that decides are not compared", () => {
  const told = compareVotes(voter(2, 5n, 2), notification(4, 6n, 2), true);

  expect(told.operands.map(({ sign }) => sign)).toEqual(["=", ">", "·"]);
  expect(told.verdict).toBe("totalOrderPredicate → true");
});

test("a newer round decides before any vote", () => {
  const told = compareVotes(voter(2, 5n, 2), notification(1, 0n, 0, 4), true);

  expect(told.because).toBe("Round 4 is under way: 2 joins it.");
});

test("an event is explained with the fields it changed, in an order that never changes", () => {
  const { trace, story } = runOf(makeSampleTrace());
  const vote = story.votes.find(
    ({ sid, leader, atUs }) => sid === 2 && leader === 4 && atUs > 12e6,
  );

  const told = explain(trace, story, vote?.row ?? 0);

  expect(told.comparison?.question).toBe("Why did 2 change its vote?");
  expect(told.changes.filter(({ changed }) => changed).map(({ name }) => name)).toContain("vote");
  expect(told.changes.map(({ name }) => name).slice(0, 4)).toEqual([
    "state",
    "phase",
    "leader",
    "vote",
  ]);
  expect(told.sends).toBe("N → 1, 3, 4, 5");
});

test("a message picked where it was sent is explained where it was heard", () => {
  const { trace, story } = runOf(makeSampleTrace());
  const heard = story.messages.fate.indexOf(1);
  const told = explain(trace, story, story.messages.sentRow[heard] as number);

  expect(told.row).toBe(story.messages.endRow[heard]);
  expect(told.subtitle).toMatch(/^sent \d+\.\d{3}, heard \d+\.\d{3}, took \d+ ms$/);
});

test("what came from outside stands for its turn", () => {
  const { trace, story } = runOf(makeSampleTrace());
  const end = story.messages.endRow[story.messages.fate.indexOf(1)] as number;

  expect(rowAt(trace.columns, mainRowOf(trace, end, end + 3)).kind).toBe(RowKind.heard);
});
