import { select } from "d3";
import { MessageCode } from "../../sim/trace/row.ts";
import { visitMessages } from "../player/messages.ts";
import type { Run } from "../player/load.ts";
import { openingOf } from "../player/opening.ts";
import { messageWord } from "../player/words.ts";
import { laneState } from "./field-lanes.ts";
import { crossPath } from "./shapes.ts";

const WIDTH = 320;
const HEIGHT = 88;

/** A whole run as a small picture: lanes, and the messages around what went wrong in it. */
export function thumbnail(svg: SVGSVGElement, { trace, story }: Run): void {
  const root = select(svg)
    .attr("viewBox", `0 0 ${WIDTH} ${HEIGHT}`)
    .attr("preserveAspectRatio", "none");
  root.selectAll("*").remove();
  const { servers } = trace.header;
  const [fromUs, toUs] = interesting({ trace, story });
  const x = (us: number): number =>
    8 + ((Math.min(toUs, Math.max(fromUs, us)) - fromUs) / (toUs - fromUs)) * (WIDTH - 16);
  const y = (sid: number): number => {
    const index = servers.findIndex((server) => server.sid === sid);
    return servers.length === 1 ? HEIGHT / 2 : 12 + (index * (HEIGHT - 24)) / (servers.length - 1);
  };
  let lines = 0;
  visitMessages(story.messages, fromUs, toUs, (index) => {
    const { from, to, sentUs, endUs, heldUs, code } = story.messages;
    const [a, b, kind] = [from[index] as number, to[index] as number, code[index] as number];
    const family = messageWord(kind).family;
    if (
      a < 0 ||
      b < 0 ||
      kind === MessageCode.PING ||
      !Number.isFinite(endUs[index]) ||
      (heldUs[index] as number) < Infinity
    )
      return true;
    root
      .append("line")
      .attr("class", "msg")
      .attr("data-family", family)
      .attr("x1", x(sentUs[index] as number))
      .attr("y1", y(a))
      .attr("x2", x(endUs[index] as number))
      .attr("y2", y(b));
    return ++lines < 60;
  });
  for (const { sid } of servers) {
    for (const span of story.lanes.get(sid) ?? []) {
      if (span.toUs < fromUs || span.fromUs > toUs || span.life === "never started") continue;
      if (span.life === "crashed") {
        root
          .append("rect")
          .attr("class", "gap")
          .attr("x", x(span.fromUs))
          .attr("y", y(sid) - 4)
          .attr("width", x(span.toUs) - x(span.fromUs))
          .attr("height", 8);
        root
          .append("path")
          .attr("class", "cross")
          .attr("stroke-width", 2)
          .attr("d", crossPath(4))
          .attr("transform", `translate(${x(span.fromUs)},${y(sid)})`);
        continue;
      }
      root
        .append("path")
        .attr("class", "lane")
        .attr("data-state", laneState(span))
        .attr("d", `M${x(span.fromUs)} ${y(sid)}H${x(span.toUs)}`);
    }
  }
}

/** Around the moment at which the run would be opened. */
function interesting({ story }: Run): readonly [number, number] {
  const { atUs, spanUs } = openingOf(story);
  const length = spanUs ?? Math.max(1, story.endUs);
  const fromUs = Math.max(0, atUs - length * 0.75);
  return [fromUs, Math.min(Math.max(story.endUs, 1), fromUs + length * 1.2)];
}
