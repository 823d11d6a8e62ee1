import { Fate } from "../player/messages.ts";
import type { Moment } from "../player/player.ts";
import { messageWord, secondsText } from "../player/words.ts";
import { layChips, type Chip } from "./chips.ts";
import { translate, type Group } from "./field-lanes.ts";
import { along, laneOf, type Geometry } from "./field-geometry.ts";
import type { Point } from "./shapes.ts";

/** The line of now with its clock, what is recorded to come behind a veil, and messages where they are. */
export function drawNow(group: Group, moment: Moment, geometry: Geometry, fromUs: number): void {
  const shift = geometry.start - along(geometry, fromUs);
  const now = shift + along(geometry, moment.nowUs);
  const { vertical } = geometry;
  const bottom = vertical ? geometry.width : geometry.axis;
  const veil = vertical
    ? { x: 0, y: now, width: geometry.width, height: Math.max(0, geometry.end - now) }
    : { x: now, y: 22, width: Math.max(0, geometry.end - now), height: bottom - 22 };
  one(group, "rect", "future")
    .attr("x", veil.x)
    .attr("y", veil.y)
    .attr("width", veil.width)
    .attr("height", veil.height);
  one(group, "path", "now-line").attr(
    "d",
    vertical ? `M0 ${now}H${geometry.width}` : `M${now} 22V${bottom}`,
  );
  const plate: Point = vertical ? [geometry.width - 38, now + 15] : [now, bottom + 11];
  one(group, "rect", "now-plate")
    .attr("x", plate[0] - 36)
    .attr("y", plate[1] - 11)
    .attr("width", 72)
    .attr("height", 22)
    .attr("rx", 4);
  one(group, "text", "now-text")
    .attr("x", plate[0])
    .attr("y", plate[1] + 4.5)
    .text(`${secondsText(moment.nowUs)} s`);
  drawFlying(group, moment, geometry, now);
}

const CHIPS_MAX = 80;

/** The letter of each message that is under way, on its line where the line meets now. */
function drawFlying(group: Group, moment: Moment, geometry: Geometry, now: number): void {
  const { messages } = moment.story;
  const tokens: Chip[] = [];
  for (const message of moment.view.inFlight.values()) {
    const from = laneOf(geometry, message.from);
    const to = laneOf(geometry, message.to);
    const index = messages.byId.get(message.id);
    if (from === null || to === null || index === undefined || message.held) continue;
    if (messages.fate[index] !== Fate.heard || (messages.heldUs[index] as number) < Infinity)
      continue;
    const took = (messages.endUs[index] as number) - message.sentUs;
    const part = Math.min(1, (moment.nowUs - message.sentUs) / Math.max(1, took));
    const across = from + (to - from) * part;
    const { letter, family } = messageWord(message.code);
    tokens.push({
      id: message.id,
      at: geometry.vertical ? [across, now] : [now, across],
      letter,
      family,
    });
  }
  group
    .selectAll<SVGGElement, Chip & { readonly dot: boolean }>("g.token")
    .data(layChips(tokens.length > CHIPS_MAX ? [] : tokens), (token) => token.id)
    .join((enter) => {
      const token = enter.append("g").attr("class", "token");
      token
        .append("rect")
        .attr("x", -9)
        .attr("y", -9)
        .attr("width", 18)
        .attr("height", 18)
        .attr("rx", 4);
      token.append("text").attr("dy", "0.36em");
      return token;
    })
    .attr("data-family", (token) => token.family)
    .order()
    .attr("data-dot", (token) => String(token.dot))
    .attr("transform", (token) => translate(token.at))
    .call((token) => token.select("text").text((datum) => datum.letter));
}

function one(group: Group, tag: string, name: string): Group {
  return group
    .selectAll<SVGGElement, null>(`${tag}.${name}`)
    .data([null])
    .join(tag)
    .attr("class", name) as unknown as Group;
}
