import { expect, test } from "vitest";
import { captionOf } from "../../../viz/player/caption.ts";
import { sampleMoment } from "../../support/sample-run.ts";

test.each([
  [12_174_500, "A wall: nothing from 1 reaches 2, 3, 4 and 5."],
  [12_200_000, "Server 5, the leader, crashes."],
  [22_000_000, "Server 5 starts and looks for a leader."],
])("at %d µs the caption says what just happened", (atUs, sentence) => {
  expect(captionOf(sampleMoment(atUs)).sentence).toBe(sentence);
});

test("a candidate's quorum is told with its voters", () => {
  const { story } = sampleMoment(0);
  const quorum = story.quorums.find(({ sid, atUs }) => sid === 4 && atUs > 12_200_000);

  expect(captionOf(sampleMoment(quorum?.atUs ?? 0)).sentence).toBe(
    "Server 4 has its quorum: 2, 3 and 4 voted for it.",
  );
});

test("a scenario's caption wins, and what happened moves to the second line", () => {
  const caption = captionOf(sampleMoment(13_200_000));

  expect(caption.sentence).toBe("Was the unfinished write kept?");
  expect(caption.context).not.toBe("");
});

test("the context says who leads, or how long nobody has", () => {
  expect(captionOf(sampleMoment(11_000_000)).context).toBe(
    "*Epoch 1*: 5 leads, 1, 2, 3 and 4 follow.",
  );
  expect(captionOf(sampleMoment(12_480_000)).context).toContain("Leader 5 crashed 280 ms ago.");
});

test("before anything happened the title stands", () => {
  const moment = { ...sampleMoment(0), rows: 0 };

  expect(captionOf(moment).sentence).toBe("The leader crashes");
});
