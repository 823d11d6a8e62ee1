import { expect, test } from "vitest";
import { LinkFaultCode } from "../../../sim/trace/row.ts";
import { linkEndSentence, linkLabel, linkSentence } from "../../../viz/player/link-words.ts";
import { SAMPLE_HEADER } from "../../support/sample-trace.ts";

const ONE_WAY = [{ from: 1, to: 3 }];
const AROUND_2 = [1, 3, 4, 5].flatMap((each) => [
  { from: 2, to: each },
  { from: each, to: 2 },
]);

test.each([
  [LinkFaultCode.held, 0, "held 1 → 3", "What goes from 1 to 3 is held, and waits."],
  [
    LinkFaultCode.throttled,
    20_000,
    "20,000 B/s 1 → 3",
    "What goes from 1 to 3 gets 20,000 bytes a second.",
  ],
  [
    LinkFaultCode.lossy,
    8,
    "loss 1/8 1 → 3",
    "Of 8 packets from 1 to 3 one is lost, and sent again.",
  ],
  [LinkFaultCode.refused, 0, "refused 1 → 3", "New connections from 1 to 3 are refused."],
  [LinkFaultCode.refused, 1, "no answer 1 → 3", "New connections from 1 to 3 get no answer."],
  [LinkFaultCode.reset, 0, "reset 1 → 3", "The connections from 1 to 3 break."],
  [
    LinkFaultCode.halfOpen,
    -1,
    "half-open 1 → 3",
    "The connections from 1 to 3 are gone, and the far end has not heard.",
  ],
])(
  "fault %d of measure %d is labelled, and told in a sentence",
  (code, measure, label, sentence) => {
    expect(linkLabel(SAMPLE_HEADER, { code, measure }, ONE_WAY)).toBe(label);
    expect(linkSentence(SAMPLE_HEADER, { a: code, b: measure }, ONE_WAY)).toBe(sentence);
  },
);

test("a fault on all links of a server names the server first", () => {
  const held = { code: LinkFaultCode.held, measure: 0 };

  expect(linkLabel(SAMPLE_HEADER, held, AROUND_2)).toBe("held 2 ⇄ all");
  expect(linkEndSentence(SAMPLE_HEADER, { a: LinkFaultCode.held }, AROUND_2)).toBe(
    "What goes between 2 and all is held no longer.",
  );
});

test("every kind of fault has words", () => {
  for (const code of Object.values(LinkFaultCode)) {
    expect(linkLabel(SAMPLE_HEADER, { code, measure: 1 }, ONE_WAY)).not.toContain("fault");
  }
});
