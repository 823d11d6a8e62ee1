import { expect, test } from "vitest";
import { visitMessages } from "../../../viz/player/messages.ts";
import { marksIn, spanAt, spansIn } from "../../../viz/player/story.ts";
import { makeSampleTrace } from "../../support/sample-trace.ts";
import { runOf } from "../../support/sample-run.ts";

const { story } = runOf(makeSampleTrace());
const CRASH_US = 12_200_000;

test("epochs and elections follow one another without a gap", () => {
  const spans = [...story.epochs, ...story.elections].sort((a, b) => a.fromUs - b.fromUs);

  expect(spans[0]?.fromUs).toBe(0);
  spans.slice(1).forEach((span, index) => expect(span.fromUs).toBe(spans[index]?.toUs));
  expect(spans.at(-1)?.toUs).toBe(story.endUs);
});

test("an epoch ends when its leader crashes", () => {
  expect(story.epochs.map(({ epoch, leader }) => [epoch, leader])).toEqual([
    [1, 5],
    [2, 4],
  ]);
  expect(story.epochs[0]?.toUs).toBe(CRASH_US);
  expect(spanAt(story.elections, CRASH_US + 1)?.round).toBe(2);
});

test("a quorum is told once, with those who voted for it", () => {
  const quorum = marksIn(story.quorums, CRASH_US, story.endUs).find(({ sid }) => sid === 4);

  expect(quorum).toMatchObject({ leader: 4, voters: [2, 3, 4] });
});

test("walls that go up together are one wall, and end when they are healed", () => {
  const walls = story.faults.filter(({ kind }) => kind === "wall");

  expect(walls).toHaveLength(1);
  expect(walls[0]).toMatchObject({
    sid: 1,
    to: [2, 3, 4, 5],
    fromUs: 12_174_000,
    toUs: 16_200_000,
  });
});

test("a server's lane has no holes and shows its crash", () => {
  const lane = story.lanes.get(5) ?? [];

  lane.slice(1).forEach((span, index) => expect(span.fromUs).toBe(lane[index]?.toUs));
  expect(spanAt(lane, CRASH_US + 1)?.life).toBe("crashed");
  expect(spanAt(lane, 25_000_000)).toMatchObject({ life: "running", state: "FOLLOWING" });
});

test("a follower notices its leader's crash once", () => {
  expect(story.resets.filter(({ crashUs }) => crashUs === CRASH_US)).toHaveLength(4);
});

test("a window has every message that was under way in it, and no other", () => {
  const { messages } = story;
  let most = 0;
  for (let fromUs = 0; fromUs < story.endUs; fromUs += 90_000) {
    const toUs = fromUs + 120_000;
    const seen = new Set<number>();
    visitMessages(messages, fromUs, toUs, (index) => {
      seen.add(index);
      return true;
    });
    most = Math.max(most, seen.size);
    for (let index = 0; index < messages.count; index++) {
      const inside =
        (messages.sentUs[index] as number) <= toUs && (messages.endUs[index] as number) >= fromUs;
      if (seen.has(index) !== inside) throw new Error(`message ${index} from ${fromUs} µs on`);
    }
  }

  expect(most).toBeGreaterThan(30);
});

test("a write that was never answered stays open to the end", () => {
  const open = spansIn(story.operations, story.endUs, story.endUs).filter(
    ({ outcome }) => outcome === null,
  );

  expect(open.map(({ text }) => text)).toContain("setData /ledger “kept?”");
});

test("every zxid is listed once, in order", () => {
  expect(story.zxids.length).toBeGreaterThan(10);
  story.zxids.slice(1).forEach((zxid, index) => {
    expect(zxid > (story.zxids[index] as bigint)).toBe(true);
  });
});
