import type { ServerView } from "../../sim/trace/view.ts";
import type { Moment } from "../player/player.ts";
import { spansIn } from "../player/story.ts";
import type { Group } from "./field-lanes.ts";
import { along, clientLane, laneOf, type Geometry } from "./field-geometry.ts";
import { drawLegend } from "./field-legend.ts";
import { shownState, stateWord } from "./ring-peer.ts";
import { linePath, textWidth } from "./shapes.ts";
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
    .text((server) => (vertical ? shortState(server) : stateWord(server)));
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
