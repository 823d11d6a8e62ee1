import { buildStory } from "../../viz/player/build-story.ts";
import type { Run } from "../../viz/player/load.ts";
import type { Moment } from "../../viz/player/player.ts";
import { createPlayer, type Player } from "../../viz/player/player.ts";
import type { Trace } from "../../sim/trace/trace.ts";
import { makeSampleTrace } from "./sample-trace.ts";

/** A trace with its story gathered, as the viewer has it. */
export function runOf(trace: Trace): Run {
  const building = buildStory(trace);
  for (;;) {
    const step = building.next();
    if (step.done === true) return { trace, story: step.value };
  }
}

export function samplePlayer(): Player {
  const { trace, story } = runOf(makeSampleTrace());
  return createPlayer(trace, story, () => false);
}

export function sampleMoment(atUs: number): Moment {
  const player = samplePlayer();
  player.seekTo(atUs);
  return player.moment();
}
