import { Fate, visitMessages, type MessageTable } from "../player/messages.ts";
import { messageWord, type Family } from "../player/words.ts";
import { MessageCode } from "../../sim/trace/row.ts";
import { isInCone, type Cone } from "./cone.ts";
import { translate, type Group } from "./field-lanes.ts";
import { laneOf, place, type Geometry } from "./field-geometry.ts";
import { crossPath, linePath, type Point } from "./shapes.ts";

/** More messages than this in a window are drawn on the canvas. */
export const MARKS_MAX = 2500;
const ENDS_MAX = 400;
/** Lines are thin: pointing this near is enough. */
const NEAR_PX = 7;
/** More than this are not drawn one by one at all. */
export const LINES_MAX = 20_000;

export type MessageMark = {
  readonly index: number;
  readonly family: Family;
  readonly quiet: boolean;
  readonly from: Point;
  readonly to: Point;
  /** Crossed out where it was lost, barred where a wall holds it. */
  readonly end: "heard" | "lost" | "held" | "open";
};

/** The messages of a window as lines, at most `max` + 1 of them. Those of clients are told by their operations. */
export function messageMarks(
  table: MessageTable,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
  max: number,
): MessageMark[] {
  const marks: MessageMark[] = [];
  visitMessages(table, fromUs, toUs, (index) => {
    const a = laneOf(geometry, table.from[index] as number);
    const b = laneOf(geometry, table.to[index] as number);
    if (a !== null && b !== null) addMarks(marks, table, geometry, index, a, b);
    return marks.length <= max;
  });
  return marks;
}

function addMarks(
  marks: MessageMark[],
  table: MessageTable,
  geometry: Geometry,
  index: number,
  a: number,
  b: number,
): void {
  const code = table.code[index] as number;
  const { family } = messageWord(code);
  const quiet = code === MessageCode.PING;
  const sentUs = table.sentUs[index] as number;
  const endUs = table.endUs[index] as number;
  const heldUs = table.heldUs[index] as number;
  const mark = (fromUs: number, untilUs: number, to: number, end: MessageMark["end"]): void => {
    const from = place(geometry, fromUs, end === "heard" && fromUs !== sentUs ? a + 13 : a);
    marks.push({ index, family, quiet, from, to: place(geometry, untilUs, to), end });
  };
  if (heldUs < Infinity) {
    mark(sentUs, sentUs + 4 / geometry.pxPerUs, a + 12, "held");
    if (table.fate[index] !== Fate.heard) return;
    const onUs = table.releasedUs[index] as number;
    const released = onUs < Infinity ? onUs : Math.max(heldUs, endUs - typicalUs(table));
    return mark(released, endUs, b, "heard");
  }
  if (table.fate[index] === Fate.heard) return mark(sentUs, endUs, b, "heard");
  if (table.fate[index] === Fate.lost) {
    const part = Math.min(0.9, Math.max(0.06, (endUs - sentUs) / typicalUs(table)));
    return mark(sentUs, endUs, a + (b - a) * part, "lost");
  }
  mark(sentUs, sentUs + typicalUs(table) / 2, a + (b - a) / 2, "open");
}

/** How long messages between servers usually take, from the first of them. */
export function typicalUs(table: MessageTable): number {
  const known = TYPICAL.get(table);
  if (known !== undefined) return known;
  const took: number[] = [];
  for (let index = 0; index < table.count && took.length < 200; index++) {
    if (table.fate[index] !== Fate.heard || (table.from[index] as number) < 0) continue;
    if ((table.heldUs[index] as number) < Infinity) continue;
    took.push((table.endUs[index] as number) - (table.sentUs[index] as number));
  }
  took.sort((a, b) => a - b);
  const typical = Math.max(1, took[Math.floor(took.length / 2)] ?? 20_000);
  TYPICAL.set(table, typical);
  return typical;
}

const TYPICAL = new WeakMap<MessageTable, number>();

/** Messages as SVG: one path for all that look alike, since a thousand elements would take a frame of their own. */
export function drawMessages(
  group: Group,
  marks: readonly MessageMark[],
  table: MessageTable,
  cone: Cone | null,
  selected: number | null,
): void {
  const looks = new Map<string, Look>();
  for (const mark of marks) {
    const lit = cone === null ? "none" : isInCone(cone, table, mark.index) ? "in" : "out";
    const picked = mark.index === selected;
    const key = `${picked ? 1 : 0} ${mark.family} ${mark.quiet} ${lit}`;
    let look = looks.get(key);
    if (look === undefined) {
      look = { key, family: mark.family, quiet: mark.quiet, lit, picked, d: [] };
      looks.set(key, look);
    }
    look.d.push(linePath(mark.from, mark.to));
  }
  group
    .selectAll<SVGPathElement, Look>("path.msg")
    .data(
      [...looks.values()].sort((a, b) => (a.key < b.key ? -1 : 1)),
      (look) => look.key,
    )
    .join("path")
    .order()
    .attr("class", "msg")
    .attr("data-family", (look) => look.family)
    .attr("data-quiet", (look) => String(look.quiet))
    .attr("data-cone", (look) => look.lit)
    .attr("data-selected", (look) => String(look.picked))
    .attr("d", (look) => look.d.join(""));
}

type Look = {
  readonly key: string;
  readonly family: Family;
  readonly quiet: boolean;
  readonly lit: "none" | "in" | "out";
  readonly picked: boolean;
  readonly d: string[];
};

/** Crosses where messages were lost, bars where walls hold them. */
export function drawMessageEnds(group: Group, marks: readonly MessageMark[]): void {
  group
    .selectAll<SVGPathElement, MessageMark>("path.cross")
    .data(marks.filter((mark) => mark.end === "lost").slice(0, ENDS_MAX))
    .join("path")
    .attr("class", "cross")
    .attr("d", crossPath(3))
    .attr("transform", (mark) => translate(mark.to));
  group
    .selectAll<SVGPathElement, MessageMark>("path.stop")
    .data(marks.filter((mark) => mark.end === "held").slice(0, ENDS_MAX))
    .join("path")
    .attr("class", "stop")
    .attr("d", (mark) => stopPath(mark));
}

/** The message whose line is next to a place in content coordinates, null when none is near enough to be meant. */
export function messageAt(marks: readonly MessageMark[], [x, y]: Point): MessageMark | null {
  let nearest: MessageMark | null = null;
  let least = NEAR_PX;
  for (const mark of marks) {
    const distance = distanceTo(mark, x, y);
    if (distance >= least) continue;
    least = distance;
    nearest = mark;
  }
  return nearest;
}

function distanceTo({ from: [ax, ay], to: [bx, by] }: MessageMark, x: number, y: number): number {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy;
  const part = squared === 0 ? 0 : ((x - ax) * dx + (y - ay) * dy) / squared;
  const at = Math.min(1, Math.max(0, part));
  return Math.hypot(ax + at * dx - x, ay + at * dy - y);
}

function stopPath({ from, to }: MessageMark): string {
  return Math.abs(to[0] - from[0]) > Math.abs(to[1] - from[1])
    ? `M${to[0]} ${to[1] - 5}v10`
    : `M${to[0] - 5} ${to[1]}h10`;
}

/** What a line says when it is pointed at. */
export function messageTitle(table: MessageTable, mark: MessageMark): string {
  const { name } = messageWord(table.code[mark.index] as number);
  return `${name} ${table.from[mark.index]} → ${table.to[mark.index]}, ${mark.end}`;
}
