import type { ServerView } from "../../sim/trace/view.ts";
import { Fate } from "../player/messages.ts";
import type { Moment } from "../player/player.ts";
import { spansIn } from "../player/story.ts";
import { messageWord, secondsText } from "../player/words.ts";
import { translate, type Group } from "./field-lanes.ts";
import { along, clientLane, laneOf, type Geometry } from "./field-geometry.ts";
import { shownState } from "./ring.ts";
import { diamondPath, linePath, textWidth, type Point } from "./shapes.ts";
import { axisStep, axisText, axisTicks } from "./time-axis.ts";

/** What does not move with time: lane names and states, band names, the axis, the legend. */
export function drawFrame(
  group: Group,
  moment: Moment,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
): void {
  drawNames(group, moment, geometry);
  drawStates(group, moment.view.servers, geometry);
  if (geometry.vertical) return;
  const at = (us: number): number => geometry.start - along(geometry, fromUs) + along(geometry, us);
  drawBandNames(group, moment, geometry, fromUs, toUs, at);
  drawAxis(group, geometry, fromUs, toUs, at);
  drawLegend(group, geometry);
}

/** Behind all marks: ticks of the axis, and the lines that clients stand on. */
export function drawGrid(group: Group, geometry: Geometry, fromUs: number, toUs: number): void {
  const shift = geometry.start - along(geometry, fromUs);
  const ticks = geometry.vertical ? [] : ticksIn(geometry, fromUs, toUs);
  group
    .selectAll<SVGPathElement, number>("path.dots")
    .data(ticks)
    .join("path")
    .attr("class", "dots tick")
    .attr("stroke-dasharray", "1 3")
    .attr("d", (us) => `M${shift + along(geometry, us)} 24V${geometry.axis}`);
  drawRules(group, geometry);
}

function ticksIn(geometry: Geometry, fromUs: number, toUs: number): number[] {
  const shift = geometry.start - along(geometry, fromUs);
  const ticks = axisTicks(fromUs, toUs, axisStep(80 / geometry.pxPerUs));
  return ticks.filter((us) => shift + along(geometry, us) > geometry.start + 4);
}

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

type Token = {
  readonly id: number;
  readonly at: Point;
  readonly letter: string;
  readonly family: string;
};

/** The letter of each message that is under way, on its line where the line meets now. */
function drawFlying(group: Group, moment: Moment, geometry: Geometry, now: number): void {
  const { messages } = moment.story;
  const tokens: Token[] = [];
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
    .selectAll<SVGGElement, Token>("g.token")
    .data(tokens.length > 40 ? [] : tokens, (token) => token.id)
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
    .attr("transform", (token) => translate(token.at))
    .call((token) => token.select("text").text((datum) => datum.letter));
}

function drawNames(group: Group, moment: Moment, geometry: Geometry): void {
  const { servers } = moment.view;
  group
    .selectAll<SVGTextElement, ServerView>("text.lane-name")
    .data(servers, (server) => server.sid)
    .join("text")
    .attr("class", "lane-name")
    .attr("data-state", shownState)
    .attr("x", (server) => (geometry.vertical ? (laneOf(geometry, server.sid) ?? 0) : 24))
    .attr("y", (server) => (geometry.vertical ? 26 : (laneOf(geometry, server.sid) ?? 0) + 7))
    .text((server) => server.sid);
  const names = moment.trace.header.clients.slice(0, geometry.clients);
  group
    .selectAll<SVGTextElement, string>("text.client-name")
    .data(names)
    .join("text")
    .attr("class", "client-name")
    .attr("data-short", String(names.every((name) => name.length <= 3)))
    .attr("x", (geometry.start - 8) / 2 + 4)
    .attr("y", (_, index) => (clientLane(geometry, -1 - index) ?? 0) + 5)
    .text((name) => name);
}

function drawStates(group: Group, servers: readonly ServerView[], geometry: Geometry): void {
  const { vertical } = geometry;
  group
    .selectAll<SVGTextElement, ServerView>("text.lane-state")
    .data(servers, (server) => server.sid)
    .join("text")
    .attr("class", "lane-state")
    .attr("data-state", shownState)
    .style("font-size", vertical ? "12px" : "14px")
    .attr("text-anchor", vertical ? "middle" : "start")
    .attr("x", (server) => (vertical ? (laneOf(geometry, server.sid) ?? 0) : geometry.end + 8))
    .attr("y", (server) => {
      if (vertical) return geometry.height - 10;
      return (laneOf(geometry, server.sid) ?? 0) + (server.life === "running" ? -2 : 5);
    })
    .text((server) => (vertical ? shortState(server) : shownState(server).toUpperCase()));
  group
    .selectAll<SVGTextElement, ServerView>("text.phase-word")
    .data(vertical ? [] : servers, (server) => server.sid)
    .join("text")
    .attr("class", "phase-word")
    .attr("x", geometry.end + 8)
    .attr("y", (server) => (laneOf(geometry, server.sid) ?? 0) + 13)
    .text((server) => (server.life === "running" ? phaseText(server) : ""));
}

function phaseText(server: ServerView): string {
  return server.phase === "SYNCHRONIZATION" ? "SYNCHRONIZ." : server.phase;
}

function shortState(server: ServerView): string {
  if (server.life === "never started") return "not yet";
  if (server.life !== "running") return server.life;
  if (server.state === "LEADING") return "leads";
  if (server.state === "FOLLOWING") return `follows ${server.leader}`;
  return server.state.toLowerCase();
}

type Named = { readonly kind: string; readonly x: number; readonly text: string };

function drawBandNames(
  group: Group,
  moment: Moment,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
  at: (us: number) => number,
): void {
  const { story } = moment;
  const named = (kind: string, from: number, to: number, texts: readonly string[]): Named[] => {
    const x = Math.max(geometry.start, at(from)) + 8;
    const room = Math.min(geometry.end, at(to)) - x;
    const text = texts.find((each) => textWidth(each, 13) < room + 4);
    return text === undefined ? [] : [{ kind, x, text }];
  };
  const names = [
    ...spansIn(story.epochs, fromUs, toUs).flatMap((epoch) =>
      named("epoch", epoch.fromUs, epoch.toUs, [
        `epoch ${epoch.epoch}, leader ${epoch.leader}`,
        `epoch ${epoch.epoch}`,
      ]),
    ),
    ...spansIn(story.elections, fromUs, toUs).flatMap((election) =>
      named("election", election.fromUs, election.toUs, [
        `no leader: election round ${election.round}`,
        `round ${election.round}`,
      ]),
    ),
  ];
  group
    .selectAll<SVGTextElement, Named>("text.band-word")
    .data(names)
    .join("text")
    .attr("class", "band-word")
    .attr("data-kind", (name) => name.kind)
    .attr("x", (name) => name.x)
    .attr("y", 16)
    .text((name) => name.text);
}

function drawAxis(
  group: Group,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
  at: (us: number) => number,
): void {
  const step = axisStep(80 / geometry.pxPerUs);
  const ticks = ticksIn(geometry, fromUs, toUs);
  const clear = geometry.end - (geometry.end - geometry.start) / 6;
  group
    .selectAll<SVGTextElement, number>("text.axis-text")
    .data(ticks.filter((us) => Math.abs(at(us) - clear) > 62 || fromUs < 0))
    .join("text")
    .attr("class", "axis-text label quiet")
    .attr("text-anchor", "middle")
    .attr("x", at)
    .attr("y", geometry.axis + 15)
    .text((us) => axisText(us, step));
}

function drawRules(group: Group, geometry: Geometry): void {
  const lanes = Array.from(
    { length: geometry.clients },
    (_, index) => clientLane(geometry, -1 - index) ?? 0,
  );
  const rules =
    geometry.clients === 0 ? [] : [{ from: 0, to: geometry.width, y: geometry.lanesTo }];
  const all = [...rules, ...lanes.map((y) => ({ from: geometry.start, to: geometry.end, y }))];
  group
    .selectAll<SVGPathElement, (typeof all)[number]>("path.rule")
    .data(all)
    .join("path")
    .attr("class", "rule tick")
    .attr("d", (rule) => linePath([rule.from, rule.y], [rule.to, rule.y]));
}

const LEGEND: readonly (readonly [string, string, string, number])[] = [
  ["broadcast", "msg", "M0 0H22", 22],
  ["vote sent", "msg election", "M0 0H22", 22],
  ["reset", "reset", "M0 0H22", 22],
  ["votes for", "vote-token", "M7 -7a7 7 0 1 1 0 14a7 7 0 1 1 0 -14z", 16],
  ["quorum", "quorum", diamondPath(6), 12],
  ["lost", "cross", "M-4 -4l8 8m0 -8l-8 8", 10],
  ["committed", "commit-mark", diamondPath(6), 12],
  ["read", "commit-mark", "M0 -3.500a3.500 3.500 0 1 1 0 7a3.500 3.500 0 1 1 0 -7z", 8],
];

/** Yields first when there is no room. */
function drawLegend(group: Group, geometry: Geometry): void {
  const y = geometry.axis + 38;
  const shown = y + 10 < geometry.height ? LEGEND : [];
  let x = geometry.start;
  const places = shown.flatMap((entry) => {
    const at = x;
    x += entry[3] + 6 + textWidth(entry[0], 12) + 14;
    return x > geometry.width ? [] : [{ entry, at }];
  });
  group
    .selectAll<SVGGElement, (typeof places)[number]>("g.legend")
    .data(places)
    .join((enter) => {
      const item = enter.append("g").attr("class", "legend");
      item.append("g").append("path");
      item.append("text").attr("class", "label quiet").attr("y", 4);
      return item;
    })
    .attr("transform", ({ at }) => translate([at, y]))
    .each(function update({ entry: [word, name, d, width] }) {
      const [kind = "", family = "zab"] = name.split(" ");
      const path = this.querySelector("path");
      const centred = d.startsWith("M0 -") || d.startsWith("M-");
      path?.setAttribute("class", kind === "vote-token" ? "vote-dot" : kind);
      path?.setAttribute("data-family", family);
      path?.setAttribute("d", d);
      path?.parentElement?.setAttribute("transform", translate([centred ? width / 2 : 0, 0]));
      const text = this.querySelector("text");
      text?.setAttribute("x", String(width + 6));
      if (text !== null) text.textContent = word;
    });
}

function one(group: Group, tag: string, name: string): Group {
  return group
    .selectAll<SVGGElement, null>(`${tag}.${name}`)
    .data([null])
    .join(tag)
    .attr("class", name) as unknown as Group;
}
