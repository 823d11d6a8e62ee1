import type { Selection } from "d3";
import { spansIn, type FaultSpan, type LaneSpan, type Story } from "../player/story.ts";
import type { Cone } from "./cone.ts";
import {
  along,
  boxOf,
  clientLane,
  laneOf,
  place,
  type Box,
  type Geometry,
} from "./field-geometry.ts";
import { crossPath, linePath, px, textWidth, type Point } from "./shapes.ts";

export type Group = Selection<SVGGElement, unknown, null, undefined>;

type Band = { readonly kind: "epoch" | "election"; readonly box: Box };

/** Behind everything: epochs in blue, elections in amber, and the lit cone of the selection. */
export function drawBands(
  group: Group,
  story: Story,
  geometry: Geometry,
  cone: Cone | null,
  fromUs: number,
  toUs: number,
): void {
  const across = [
    geometry.vertical ? 0 : geometry.lanesFrom,
    geometry.vertical ? geometry.width : geometry.lanesTo,
  ] as const;
  const band = (kind: Band["kind"], from: number, to: number): Band => ({
    kind,
    box: boxOf(geometry, Math.max(fromUs, from), Math.min(toUs, to), ...across),
  });
  const bands = [
    ...spansIn(story.epochs, fromUs, toUs).map((each) => band("epoch", each.fromUs, each.toUs)),
    ...spansIn(story.elections, fromUs, toUs)
      .filter((each) => each.toUs > each.fromUs)
      .map((each) => band("election", each.fromUs, each.toUs)),
  ];
  drawBoxes(
    group,
    "band",
    bands.map((each) => ({ ...each.box, kind: each.kind })),
  );
  group
    .selectAll<SVGPathElement, string>("path.cone")
    .data(cone === null ? [] : conePaths(cone, geometry, fromUs, toUs))
    .join("path")
    .attr("class", "cone")
    .attr("d", (d) => d);
}

/** Servers over time: how thick, how dashed and in which colour says the state; gaps where they were down. */
export function drawLanes(
  group: Group,
  story: Story,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
): void {
  const lanes: { state: string; d: string }[] = [];
  const gaps: (Box & { kind: string })[] = [];
  for (const sid of geometry.sids) {
    const across = laneOf(geometry, sid) ?? 0;
    for (const span of spansIn(story.lanes.get(sid) ?? [], fromUs, toUs)) {
      const from = Math.max(fromUs, span.fromUs);
      const to = Math.min(toUs, span.toUs);
      if (span.life === "crashed") {
        const half = geometry.vertical ? 12 : 14;
        gaps.push({ ...boxOf(geometry, from, to, across - half, across + half), kind: "crash" });
        continue;
      }
      lanes.push({
        state: laneState(span),
        d: linePath(place(geometry, from, across), place(geometry, to, across)),
      });
    }
  }
  drawBoxes(group, "gap", gaps);
  group
    .selectAll<SVGPathElement, (typeof lanes)[number]>("path.lane")
    .data(lanes)
    .join("path")
    .attr("class", "lane")
    .attr("data-state", (lane) => lane.state)
    .attr("d", (lane) => lane.d);
}

/** Walls under the lane they cut, crosses where servers went down, and words on all of it. */
export function drawFaults(
  group: Group,
  story: Story,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
): void {
  const faults = spansIn(story.faults, fromUs, toUs);
  const walls = faults.filter(({ kind }) => kind === "wall" || kind === "link");
  drawBoxes(
    group,
    "strip",
    walls.flatMap((wall) => {
      const across = wallLane(geometry, wall);
      if (across === null) return [];
      const [from, to] = [Math.max(fromUs, wall.fromUs), Math.min(toUs, wall.toUs)];
      const beside = across + (wall.sid < 0 ? 8 : 13);
      // What is over at once is still to be seen.
      return [{ ...boxOf(geometry, from, to, beside, beside + 6, 3), kind: wall.kind }];
    }),
  );
  const crashes = faults.filter((fault) => fault.kind === "crash" && fault.fromUs >= fromUs);
  group
    .selectAll<SVGPathElement, FaultSpan>("path.cross")
    .data(crashes)
    .join("path")
    .attr("class", "cross big")
    .attr("d", crossPath(8))
    .attr("transform", (fault) =>
      translate(place(geometry, fault.fromUs, laneOf(geometry, fault.sid) ?? 0)),
    );
}

/** The lane that a wall stands at. What keeps a client and servers apart stands at the client. */
function wallLane(geometry: Geometry, { sid, to }: FaultSpan): number | null {
  if (sid < 0) return clientLane(geometry, sid);
  return to.every((peer) => peer < 0) ? null : laneOf(geometry, sid);
}

type Word = { readonly at: Point; readonly text: string };

/** Words on faults. They stay inside the window for as long as the fault does, so they are placed anew each time. */
export function drawFaultWords(
  group: Group,
  story: Story,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
): void {
  const faults = geometry.vertical ? [] : spansIn(story.faults, fromUs, toUs);
  const shift = geometry.start - along(geometry, fromUs);
  group
    .selectAll<SVGTextElement, Word>("text.fault-word")
    .data(faults.flatMap((fault) => wordOf(fault, geometry, fromUs, shift)))
    .join("text")
    .attr("class", "fault-word label fault halo")
    .attr("x", (word) => word.at[0])
    .attr("y", (word) => word.at[1])
    .text((word) => word.text);
}

function wordOf(fault: FaultSpan, geometry: Geometry, fromUs: number, shift: number): Word[] {
  const isOnLinks = fault.kind === "wall" || fault.kind === "link";
  const across = isOnLinks ? wallLane(geometry, fault) : laneOf(geometry, fault.sid);
  if (across === null) return [];
  const begin = shift + along(geometry, Math.max(fault.fromUs, fromUs)) + 8;
  const end = Math.min(geometry.end, shift + along(geometry, fault.toUs)) - 8;
  const word = (text: string, wanted: number, dy: number): Word[] => {
    const at = Math.max(begin, Math.min(wanted, end - textWidth(text, 12)));
    return at + textWidth(text, 12) > end + 4 ? [] : [{ at: [at, across + dy], text }];
  };
  // Near now there is least that such words could run into.
  const last = geometry.end - (geometry.end - geometry.start) / 6 - 12;
  switch (fault.kind) {
    case "crash":
      return word("crashed", begin + 8, 4.5);
    case "pause":
      return word("paused", begin, -8);
    case "wall":
      return fault.sid < 0
        ? word("cut off", begin, 4.5)
        : word(fault.label, last - textWidth(fault.label, 12), 32);
    case "link":
      return word(fault.label, begin, fault.sid < 0 ? 4.5 : 32);
    case "slow":
      return word(
        fault.label.replace("slow", "slow link"),
        begin + 32,
        geometry.pitch > 56 ? 37 : 30,
      );
    case "trouble":
      return word(fault.label.slice(fault.label.indexOf(" ") + 1), begin, -8);
  }
}

export function drawBoxes(
  group: Group,
  name: string,
  boxes: readonly (Box & { readonly kind: string })[],
): void {
  group
    .selectAll<SVGRectElement, Box & { readonly kind: string }>(`rect.${name}`)
    .data(boxes)
    .join("rect")
    .attr("class", name)
    .attr("data-kind", (box) => box.kind)
    .attr("x", (box) => box.x)
    .attr("y", (box) => box.y)
    .attr("width", (box) => Math.max(0, box.width))
    .attr("height", (box) => Math.max(0, box.height));
}

export function translate([x, y]: Point): string {
  return `translate(${px(x)},${px(y)})`;
}

/** What a lane is drawn as. */
export function laneState(span: LaneSpan): string {
  return span.life === "running" ? span.state : span.life;
}

/** The lit regions: from the window's start to the past's cuts, and from the future's cuts to its end. */
function conePaths(cone: Cone, geometry: Geometry, fromUs: number, toUs: number): string[] {
  return [
    conePath(cone.past, geometry, fromUs, (at, edge) => Math.max(edge, at)),
    conePath(cone.future, geometry, toUs, (at, edge) => Math.min(edge, at)),
  ].filter((d) => d !== "");
}

function conePath(
  cuts: ReadonlyMap<number, number>,
  geometry: Geometry,
  edgeUs: number,
  clamp: (atUs: number, edgeUs: number) => number,
): string {
  const lanes = geometry.sids.filter((sid) => cuts.has(sid));
  const first = lanes[0];
  const last = lanes[lanes.length - 1];
  if (first === undefined || last === undefined) return "";
  const half = Math.min(24, geometry.pitch * 0.36);
  const points: Point[] = [];
  const add = (us: number, across: number): void => {
    points.push(place(geometry, us, across));
  };
  const cutOf = (sid: number): number => clamp(cuts.get(sid) ?? edgeUs, edgeUs);
  add(edgeUs, (laneOf(geometry, first) ?? 0) - half);
  add(cutOf(first), (laneOf(geometry, first) ?? 0) - half);
  for (const sid of lanes) add(cutOf(sid), laneOf(geometry, sid) ?? 0);
  add(cutOf(last), (laneOf(geometry, last) ?? 0) + half);
  add(edgeUs, (laneOf(geometry, last) ?? 0) + half);
  return `M${points.map(([x, y]) => `${px(x)} ${px(y)}`).join("L")}Z`;
}
