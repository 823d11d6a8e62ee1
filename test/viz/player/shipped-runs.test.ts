import { describe, expect, test } from "vitest";
import { shippedScenario, SHIPPED_NAMES } from "../../../runner/shipped.ts";
import { simulate } from "../../../runner/simulate.ts";
import type { Outcome } from "../../../runner/run/outcome.ts";
import type { Run } from "../../../viz/player/load.ts";
import { captionOf } from "../../../viz/player/caption.ts";
import { contextOf } from "../../../viz/player/context.ts";
import { explain } from "../../../viz/player/explain.ts";
import { openingOf } from "../../../viz/player/opening.ts";
import { createPlayer } from "../../../viz/player/player.ts";
import { runOf } from "../../support/sample-run.ts";

const { run, outcome } = runShipped("leader-crash");

describe.each(SHIPPED_NAMES)("%s", (name) => {
  const shipped = runShipped(name);
  const { story } = shipped.run;

  test("the page tells of the elections that the report tells of", () => {
    const told = story.epochs.map(({ epoch, leader, fromUs }) => [epoch, leader, fromUs / 1000]);
    expect(told).toEqual(
      shipped.outcome.elections.map(({ epoch, leader, finishedMs }) => [epoch, leader, finishedMs]),
    );
    for (const { startedMs, finishedMs } of shipped.outcome.elections) {
      const election = story.elections.find(({ toUs }) => toUs === usOf(finishedMs));
      // The band begins with the leader's end, where that came before its quorum looked for another.
      expect(election?.fromUs).toBeLessThanOrEqual(usOf(startedMs));
    }
  });

  test("it opens where a leader is found, with a vote to explain", () => {
    const opening = openingOf(story);
    const election = story.elections.find(
      ({ fromUs, toUs }) => fromUs < opening.atUs && opening.atUs <= toUs,
    );
    expect(election).toBeDefined();
    expect(opening.row).not.toBeNull();
    expect(explain(shipped.run.trace, story, opening.row ?? 0).comparison).not.toBeNull();
  });
});

test("the caption of an opened run names who was elected and by whom", () => {
  const player = createPlayer(run.trace, run.story, () => false);
  player.seekTo(openingOf(run.story).atUs);

  expect(captionOf(player.moment()).sentence).toMatch(
    /^Server 4 is elected: [\d, and]+ voted for it\.$/,
  );
});

test("when an epoch begins the context says how long its election took, as the report does", () => {
  const player = createPlayer(run.trace, run.story, () => false);
  const { startedMs, finishedMs } = outcome.elections[1] ?? { startedMs: 0, finishedMs: 0 };

  player.seekTo(usOf(finishedMs));

  const took = (finishedMs - startedMs).toFixed(1);
  expect(contextOf(player.moment())).toContain("*Epoch 2*: 4 leads");
  expect(contextOf(player.moment())).toContain(`Its election took ${took} ms.`);
});

test("operations of a client that overlap have places of their own", () => {
  const { operations, concurrency } = run.story;
  for (const a of operations.slice(0, 200)) {
    for (const b of operations.slice(0, 200)) {
      if (a === b || a.client !== b.client || a.slot !== b.slot) continue;
      expect(a.toUs <= b.fromUs || b.toUs <= a.fromUs).toBe(true);
    }
    expect(a.slot).toBeLessThan(concurrency.get(a.client) ?? 0);
  }
});

test("a session that expires is told until its end", () => {
  const { story } = runShipped("sessions").run;
  const states = story.sessions.filter(({ client }) => client === -2).map(({ state }) => state);

  expect(states.slice(0, 2)).toEqual(["connecting", "connected"]);
  expect(states).toContain("expired");
  expect(story.sessions.at(-1)?.toUs).toBe(story.endUs);
});

/** Milliseconds with microseconds behind the point are not exact. */
function usOf(ms: number): number {
  return Math.round(ms * 1000);
}

function runShipped(name: string): { readonly run: Run; readonly outcome: Outcome } {
  const scenario = shippedScenario(name);
  if (scenario === null) throw new Error(`there is no scenario ${name}`);
  const result = simulate(scenario, { trace: true });
  if (result.trace === null) throw new Error("the run has no trace");
  return { run: runOf(result.trace), outcome: result.outcome };
}
