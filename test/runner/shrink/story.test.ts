import { expect, test } from "vitest";
import { recordCase } from "../../../runner/hunt/record-case.ts";
import { signatureOf } from "../../../runner/hunt/signature.ts";
import { readScenarioInput } from "../../../runner/scenario/parse.ts";
import { attempt } from "../../../runner/shrink/attempt.ts";
import { testText } from "../../../runner/shrink/test-text.ts";
import { causalPast } from "../../../runner/shrink/past.ts";
import { shrink, type Shrunk } from "../../../runner/shrink/shrink.ts";
import { tellStory } from "../../../runner/shrink/story.ts";
import { addRow } from "../../../sim/trace/columns.ts";
import { RowKind } from "../../../sim/trace/row.ts";
import { createTrace } from "../../../sim/trace/trace.ts";
import { FAILING_DEFECT, FAILING_SCENARIO } from "../../support/failing-scenario.ts";
import { SAMPLE_HEADER } from "../../support/sample-trace.ts";

function shrunkCase(): Shrunk {
  const input = readScenarioInput(FAILING_SCENARIO, "test");
  const { violation } = attempt(input, [FAILING_DEFECT]);
  if (violation === null) throw new Error("the scenario fails no more");
  const shrunk = shrink({ input, defects: [FAILING_DEFECT], signature: signatureOf(violation) });
  if (shrunk === null) throw new Error("the scenario was not shrunk");
  return shrunk;
}

const SHRUNK = shrunkCase();
const { trace: TRACE } = recordCase(SHRUNK.input, SHRUNK.defects, SHRUNK.violation.atMs);

test("the past of a row is what its server did and what it had heard from, and nothing else", () => {
  const trace = createTrace(SAMPLE_HEADER);
  const row = (kind: number, who: number, peer: number, link: number): number => {
    addRow(trace.columns, trace.columns.rows, 0, kind, who, peer, 0n, 0, 0, 0, link);
    return trace.columns.rows - 1;
  };
  const early = row(RowKind.logged, 1, 0, 0);
  const sent = row(RowKind.sent, 1, 2, 7);
  const later = row(RowKind.logged, 1, 0, 0);
  const stranger = row(RowKind.logged, 3, 0, 0);
  const heard = row(RowKind.heard, 2, 1, 7);
  const asked = row(RowKind.logged, 2, 0, 0);
  const after = row(RowKind.logged, 2, 0, 0);

  const past = causalPast(trace, [asked]);

  expect([early, sent, heard, asked].map((index) => past[index])).toEqual([1, 1, 1, 1]);
  expect([later, stranger, after].map((index) => past[index] ?? 0)).toEqual([0, 0, 0]);
});

test("what has no part in a failure goes, and the story is short", () => {
  const story = tellStory(TRACE, SHRUNK.violation);

  expect(SHRUNK.input.ensemble).toEqual({ servers: 3, tickMs: 50 });
  expect(SHRUNK.faults).toBe(1);
  expect(SHRUNK.input.steps?.map((step) => step.do)).toEqual(["isolate", "heal"]);
  expect(story.events.length).toBeLessThanOrEqual(40);
});

test("a story begins with the start, tells elections, faults and the transactions in order, and ends in the violation", () => {
  const { events, facts } = tellStory(TRACE, SHRUNK.violation);

  const texts = events.map(({ who, text }) => `${who} ${text}`);
  expect(texts[0]).toBe("the run servers 1, 2, 3 start");
  expect(texts.some((text) => /^the run isolate .*server 3/.test(text))).toBe(true);
  expect(texts.some((text) => text.endsWith(" leads epoch 1, a quorum behind it"))).toBe(true);
  expect(texts.at(-1)).toBe(SHRUNK.violation.message);
  expect(events.map(({ atUs }) => atUs)).toEqual(
    events.map(({ atUs }) => atUs).sort((a, b) => a - b),
  );
  expect(facts).toHaveLength(2);
  expect(SHRUNK.violation.message.startsWith(facts[0] ?? "nothing")).toBe(true);
  expect(SHRUNK.violation.message.endsWith(facts[1] ?? "nothing")).toBe(true);
});

test("the test to paste holds the scenario, whatever characters are in it", () => {
  const input = { ...SHRUNK.input, title: "a `tick`, a \\ and a ${hole}" };

  const text = testText({ ...SHRUNK, input }, SHRUNK.violation);

  const [, literal = ""] = /scenario\((`[\s\S]*?[^\\]`)\)/.exec(text) ?? [];
  const said = literal.slice(1, -1).replace(/\\([\\`$])/g, "$1");
  expect(readScenarioInput(said, "pasted")).toEqual(input);
  expect(text).toContain(`{ defects: ["${FAILING_DEFECT}"] }`);
  expect(text).toContain(".violations).toEqual([])");
});
