import type { Selection } from "d3";
import type { View } from "../../sim/trace/view.ts";
import { placeOf, type RingLayout } from "./ring-layout.ts";
import { arcPath, between, linePath, type Point } from "./shapes.ts";

type WallDatum = {
  readonly from: number;
  readonly at: Point;
  readonly d: string;
  readonly passes: string;
  readonly count: number;
  readonly countAt: Point;
};

/** A wall is an arc around the server whose words it stops; an arrow shows where it still lets words in. */
export function drawWalls(
  group: Selection<SVGGElement, unknown, null, undefined>,
  view: View,
  layout: RingLayout,
): void {
  group
    .selectAll<SVGGElement, WallDatum>("g")
    .data(wallsOf(view, layout), (wall) => wall.from)
    .join((enter) => {
      const wall = enter.append("g");
      wall.append("path").attr("class", "wall");
      wall.append("path").attr("class", "wall-gap");
      wall.append("path").attr("class", "passes");
      wall
        .append("text")
        .attr("class", "label fault halo-ground")
        .attr("text-anchor", "middle")
        .attr("font-size", 14);
      return wall;
    })
    .attr("transform", (wall) => `translate(${wall.at[0]},${wall.at[1]})`)
    .each(function update(datum) {
      for (const arc of this.querySelectorAll(".wall, .wall-gap")) arc.setAttribute("d", datum.d);
      const arrow = this.querySelector(".passes");
      arrow?.setAttribute("d", datum.passes);
      arrow?.setAttribute("display", datum.passes === "" ? "none" : "inline");
      const text = this.querySelector("text");
      if (text === null) return;
      text.textContent = datum.count > 0 ? `${datum.count} held` : "";
      text.setAttribute("x", String(datum.countAt[0]));
      text.setAttribute("y", String(datum.countAt[1]));
    });
}

function wallsOf(view: View, layout: RingLayout): WallDatum[] {
  const targets = new Map<number, number[]>();
  for (const { from, to } of view.walls) {
    if (to > 0) targets.set(from, [...(targets.get(from) ?? []), to]);
  }
  return [...targets].flatMap(([from, to]) => {
    const at = placeOf(layout, from);
    if (at === null) return [];
    return [wallAround(view, layout, from, at, to)];
  });
}

function wallAround(
  view: View,
  layout: RingLayout,
  from: number,
  at: Point,
  to: readonly number[],
): WallDatum {
  const radius = layout.disc + 45;
  const [start, end] = arcOver(directions(layout, at, to));
  const open = to.find((sid) => !view.walls.some((wall) => wall.from === sid && wall.to === from));
  const peer = open === undefined ? null : placeOf(layout, open);
  let passes = "";
  if (peer !== null) {
    const local: Point = [peer[0] - at[0], peer[1] - at[1]];
    const [outer] = between([0, 0], local, radius + 20, 0);
    const [inner] = between([0, 0], local, layout.disc + 15, 0);
    passes = linePath(outer, inner);
  }
  const several = view.walls.some((wall) => wall.from !== from);
  const count = several ? 0 : heldCount(view, from);
  const middle = (start + end) / 2;
  const countAt: Point = [
    Math.cos(middle) * (radius + 24),
    Math.sin(middle) * (radius + 24) + (Math.sin(middle) > 0 ? 4 : 0),
  ];
  return { from, at, d: arcPath(radius, start, end), passes, count, countAt };
}

export function heldCount(view: View, sid: number): number {
  let count = 0;
  for (const message of view.inFlight.values()) if (message.held && message.from === sid) count++;
  return count;
}

export function directions(layout: RingLayout, at: Point, to: readonly number[]): number[] {
  return to.flatMap((sid) => {
    const place = placeOf(layout, sid);
    return place === null ? [] : [Math.atan2(place[1] - at[1], place[0] - at[0])];
  });
}

/** The smallest arc that stands before all these directions, a little wider than they are. */
export function arcOver(angles: readonly number[]): [number, number] {
  const sorted = [...angles].sort((a, b) => a - b);
  let widest = 0;
  let after = 0;
  sorted.forEach((angle, index) => {
    const next = sorted[index + 1] ?? (sorted[0] ?? 0) + 2 * Math.PI;
    if (next - angle <= widest) return;
    widest = next - angle;
    after = index;
  });
  const last = sorted[after] ?? 0;
  const first = sorted[(after + 1) % sorted.length] ?? 0;
  const start = (first > last ? first - 2 * Math.PI : first) - 0.32;
  return [start, last + 0.32];
}
