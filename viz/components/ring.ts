import { select, type Selection } from "d3";
import type { MessageView, ServerView, View } from "../../sim/trace/view.ts";
import { Fate } from "../player/messages.ts";
import type { Moment, Player } from "../player/player.ts";
import { durationText, messageWord } from "../player/words.ts";
import { ringLayout, type RingLayout, type RingPlace } from "./ring-layout.ts";
import { arcOver, directions, drawWalls } from "./ring-walls.ts";
import { arcPath, between, bodyPath, crossPath, linePath, type Point } from "./shapes.ts";

const PHASES = ["ELECTION", "DISCOVERY", "SYNCHRONIZATION", "BROADCAST"] as const;
/** More messages under way than this are counted per link instead of drawn. */
const FLIGHTS_MAX = 60;

type PeerDatum = { readonly server: ServerView; readonly place: RingPlace; readonly state: string };

export type Ring = { readonly draw: (moment: Moment) => void };

/** The ensemble at one instant: servers on a circle, whom they vote for or follow, and what flies between them. */
export function ensembleRing(svg: SVGSVGElement, player: Player): Ring {
  const root = select(svg);
  const links = root.append("g").attr("class", "links");
  const walls = root.append("g").attr("class", "walls");
  const peers = root.append("g").attr("class", "peers").attr("role", "list");
  const flights = root.append("g").attr("class", "flights");

  function draw(moment: Moment): void {
    const { view } = moment;
    const box = svg.getBoundingClientRect();
    const layout = ringLayout(view.servers, box.width, box.height);
    drawArrows(links, view, layout);
    drawWalls(walls, view, layout);
    drawPeers(moment, layout);
    drawFlights(flights, moment, layout, player);
  }

  function drawPeers(moment: Moment, layout: RingLayout): void {
    const data = layout.places.flatMap((place): PeerDatum[] => {
      const server = moment.view.servers.find((each) => each.sid === place.sid);
      return server === undefined ? [] : [{ server, place, state: shownState(server) }];
    });
    peers
      .selectAll<SVGGElement, PeerDatum>("g.peer")
      .data(data, (datum) => datum.server.sid)
      .join((enter) => enterPeer(enter.append("g"), player))
      .attr("data-sid", (datum) => datum.server.sid)
      .attr("data-state", (datum) => datum.state)
      .attr("data-focused", (datum) => String(player.focused() === datum.server.sid))
      .attr("transform", (datum) => `translate(${datum.place.at[0]},${datum.place.at[1]})`)
      .attr("aria-label", (datum) => peerLabel(datum.server))
      .each(function update(datum) {
        updatePeer(select<SVGGElement, PeerDatum>(this), datum, moment, layout.disc);
      });
  }

  return { draw };
}

export function shownState(server: ServerView): string {
  return server.life === "running" ? server.state : server.life;
}

type PeerSelection = Selection<SVGGElement, PeerDatum, SVGGElement, unknown>;

function enterPeer(peer: PeerSelection, player: Player): PeerSelection {
  peer.attr("class", "peer").attr("role", "listitem").attr("tabindex", 0);
  peer.append("path").attr("class", "focus-ring");
  peer.append("g").attr("class", "arcs");
  peer.append("path").attr("class", "body");
  peer.append("circle").attr("class", "plate");
  peer.append("text").attr("class", "sid");
  const badge = peer.append("g").attr("class", "badge");
  badge.append("circle").attr("r", 11);
  badge.append("path");
  const words = peer.append("g").attr("class", "words");
  words.append("text").attr("class", "state-word");
  words.append("text").attr("class", "phase-word").attr("y", 16);
  words.append("g").attr("class", "pips");
  const focus = (datum: PeerDatum): void => {
    const { sid } = datum.server;
    player.focusServer(player.focused() === sid ? null : sid);
  };
  peer
    .on("click", (_, datum) => focus(datum))
    .on("keydown", (event: KeyboardEvent, datum) => {
      if (event.key === "Enter") focus(datum);
    });
  return peer;
}

function updatePeer(
  peer: Selection<SVGGElement, PeerDatum, null, undefined>,
  { server, place, state }: PeerDatum,
  moment: Moment,
  disc: number,
): void {
  const down = server.life !== "running";
  peer.select(".focus-ring").attr("d", bodyPath("", disc + 15));
  peer.select(".body").attr("data-state", state).attr("d", bodyPath(state, disc));
  peer.select(".plate").attr("r", state === "crashed" ? disc * 0.64 : 0);
  peer
    .select(".sid")
    .attr("font-size", Math.round(disc * 0.93))
    .attr("dy", "0.36em")
    .text(server.sid);
  const badge = peer.select(".badge").attr("display", badgeFor(state) === "" ? "none" : null);
  badge.attr("transform", `translate(${disc * 0.75},${-disc * 0.75})`);
  badge.select("path").attr("d", badgeFor(state));
  drawArcs(peer.select<SVGGElement>(".arcs"), server, moment.nowUs, disc);
  const [x, y] = place.words;
  const words = peer
    .select(".words")
    .attr("transform", `translate(${x - place.at[0]},${y - place.at[1]})`)
    .attr("text-anchor", place.anchor);
  words.select(".state-word").text(down ? state.toUpperCase() : server.state);
  words.select(".phase-word").text(phaseWord(server, moment.nowUs));
  drawPips(words.select<SVGGElement>(".pips"), server, moment.view, place.anchor);
}

function phaseWord(server: ServerView, nowUs: number): string {
  if (server.life === "running") return server.phase;
  if (server.life === "never started") return "";
  return `${durationText(Math.max(0, nowUs - server.lifeSinceUs))} ago`;
}

function badgeFor(state: string): string {
  if (state === "crashed") return crossPath(4);
  return state === "paused" ? "M-3 -4.500V4.500M3 -4.500V4.500" : "";
}

/** Four quarter arcs, the phases in order; outside them the timer that runs out next, as what is left of it. */
function drawArcs(
  group: Selection<SVGGElement, PeerDatum, null, undefined>,
  server: ServerView,
  nowUs: number,
  disc: number,
): void {
  const current = PHASES.indexOf(server.phase);
  const arcs = PHASES.map((_, index) => {
    const from = (index * 90 + 6 - 90) * (Math.PI / 180);
    const when = index === current ? "now" : index > current ? "later" : "past";
    return { d: arcPath(disc + 10, from, from + (78 * Math.PI) / 180), when };
  });
  const timer =
    server.phase === "BROADCAST"
      ? undefined
      : server.timers.find((each) => each.dueUs > nowUs && each.dueUs - each.armedUs < 3e6);
  if (timer !== undefined) {
    const left = (timer.dueUs - nowUs) / (timer.dueUs - timer.armedUs);
    const d = arcPath(disc + 16, -Math.PI / 2, -Math.PI / 2 + left * 6.28);
    arcs.push({ d, when: "timer" });
  }
  group
    .selectAll<SVGPathElement, (typeof arcs)[number]>("path")
    .data(server.life === "running" ? arcs : [])
    .join("path")
    .attr("class", "arc")
    .attr("data-when", (arc) => arc.when)
    .attr("d", (arc) => arc.d);
}

/** One square a voter, filled by votes collected, with a tick after the quorum's size. */
function drawPips(
  group: Selection<SVGGElement, PeerDatum, null, undefined>,
  server: ServerView,
  view: View,
  anchor: RingPlace["anchor"],
): void {
  const voters = view.servers.filter((each) => each.role === "participant").length;
  const shown =
    server.life === "running" && server.role === "participant" && server.phase !== "BROADCAST";
  const width = voters * 12;
  const left = anchor === "end" ? -width : anchor === "middle" ? -width / 2 : 0;
  group
    .selectAll<SVGRectElement, number>("rect")
    .data(shown ? Array.from({ length: voters }, (_, index) => index) : [])
    .join("rect")
    .attr("class", "pip")
    .attr("data-on", (index) => String(index < server.tally))
    .attr("x", (index) => left + index * 12 + 1)
    .attr("y", 23)
    .attr("width", 9)
    .attr("height", 9)
    .attr("rx", 1);
  group
    .selectAll("line")
    .data(shown ? [left + server.quorum * 12 - 0.5] : [])
    .join("line")
    .attr("class", "quorum-tick")
    .attr("x1", (x) => x)
    .attr("x2", (x) => x)
    .attr("y1", 20.5)
    .attr("y2", 34.5);
}

type Arrow = {
  readonly key: string;
  readonly kind: "vote" | "follows";
  readonly connected: boolean;
  readonly d: string;
};

function drawArrows(
  group: Selection<SVGGElement, unknown, null, undefined>,
  view: View,
  layout: RingLayout,
): void {
  const arrows = view.servers.flatMap((server): Arrow[] => {
    if (server.life !== "running") return [];
    const votes = server.state === "LOOKING";
    const to = votes ? server.vote.leader : server.leader;
    const from = placeOf(layout, server.sid);
    const target = placeOf(layout, to);
    if (from === null || target === null || to === server.sid) return [];
    const cut = view.walls.some((wall) => wall.from === server.sid && wall.to === to);
    const [a, b] = between(from, target, layout.disc + (cut ? 54 : 14), layout.disc + 16);
    return [
      {
        key: `${server.sid}`,
        kind: votes ? "vote" : "follows",
        connected: !cut && server.phase !== "DISCOVERY",
        d: linePath(a, b),
      },
    ];
  });
  group
    .selectAll<SVGPathElement, Arrow>("path")
    .data(arrows, (arrow) => arrow.key)
    .join("path")
    .attr("class", (arrow) => arrow.kind)
    .attr("data-connected", (arrow) => String(arrow.connected))
    .attr("d", (arrow) => arrow.d);
}

type Flight = {
  readonly message: MessageView;
  readonly at: Point;
  readonly d: string;
  readonly letter: string;
  readonly family: string;
  readonly count: number;
};

function drawFlights(
  group: Selection<SVGGElement, unknown, null, undefined>,
  moment: Moment,
  layout: RingLayout,
  player: Player,
): void {
  const flights = flightsOf(moment, layout);
  group
    .selectAll<SVGPathElement, Flight>("path.link")
    .data(
      flights.filter((flight) => !flight.message.held),
      (flight) => flight.message.id,
    )
    .join("path")
    .attr("class", "link")
    .attr("d", (flight) => flight.d);
  const selected = player.selection()?.row ?? -1;
  const { messages } = moment.story;
  group
    .selectAll<SVGGElement, Flight>("g.token")
    .data(flights, (flight) => flight.message.id)
    .join((enter) => {
      const token = enter.append("g").attr("class", "token pickable");
      token
        .append("rect")
        .attr("x", -10)
        .attr("y", -10)
        .attr("width", 20)
        .attr("height", 20)
        .attr("rx", 4);
      token.append("text").attr("dy", "0.36em");
      token.append("title");
      return token.on("click", (_, flight) => {
        const row = sentRowOf(moment, flight.message);
        if (row !== null) player.select({ row });
      });
    })
    .attr("data-family", (flight) => flight.family)
    .attr("data-held", (flight) => String(flight.message.held))
    .attr("data-selected", (flight) => {
      const index = messages.ofRow[selected] ?? 0;
      return String(index > 0 && messages.sentRow[index - 1] === sentRowOf(moment, flight.message));
    })
    .attr("transform", (flight) => `translate(${flight.at[0]},${flight.at[1]})`)
    .each(function update({ letter, count, message }) {
      const token = select(this);
      token.select("text").text(count > 1 ? `${letter}${count}` : letter);
      token
        .select("title")
        .text(`${messageWord(message.code).name} ${message.from} → ${message.to}`);
    });
}

/** Messages between servers at their place now, linear in virtual time; what a wall holds stands inside it. */
function flightsOf(moment: Moment, layout: RingLayout): Flight[] {
  const flights = new Map<string, Flight>();
  const crowded = moment.view.inFlight.size > FLIGHTS_MAX;
  for (const message of moment.view.inFlight.values()) {
    const from = placeOf(layout, message.from);
    const to = placeOf(layout, message.to);
    if (from === null || to === null || message.held) continue;
    const { letter, family } = messageWord(message.code);
    const [a, b] = between(from, to, layout.disc + 12, layout.disc + 12);
    const part = progress(moment, message);
    const at: Point = [a[0] + (b[0] - a[0]) * part, a[1] + (b[1] - a[1]) * part];
    const key = crowded ? `${message.from} ${message.to} ${letter}` : String(message.id);
    const count = (flights.get(key)?.count ?? 0) + 1;
    flights.set(key, { message, at, d: linePath(a, b), letter, family, count });
  }
  return [...flights.values(), ...heldOf(moment.view, layout)];
}

/** One chip for each kind of message that a server has waiting at its wall, side by side. */
function heldOf(view: View, layout: RingLayout): Flight[] {
  const kinds = new Map<string, MessageView>();
  for (const message of view.inFlight.values()) {
    if (message.held) kinds.set(`${message.from} ${messageWord(message.code).letter}`, message);
  }
  const bySender = new Map<number, MessageView[]>();
  for (const message of kinds.values()) {
    bySender.set(message.from, [...(bySender.get(message.from) ?? []), message]);
  }
  return [...bySender].flatMap(([sid, messages]) => {
    const from = placeOf(layout, sid);
    if (from === null) return [];
    const to = view.walls.filter((wall) => wall.from === sid).map((wall) => wall.to);
    const [start, end] = arcOver(directions(layout, from, to));
    const radius = layout.disc + 27;
    return messages.map((message, index): Flight => {
      const angle = (start + end) / 2 + (index - (messages.length - 1) / 2) * 0.5;
      const at: Point = [from[0] + Math.cos(angle) * radius, from[1] + Math.sin(angle) * radius];
      const { letter, family } = messageWord(message.code);
      return { message, at, d: "", letter, family, count: 1 };
    });
  });
}

/** How far a message has come, 0 to 1: the trace knows when it will be heard. */
function progress(moment: Moment, message: MessageView): number {
  const row = sentRowOf(moment, message);
  const { messages } = moment.story;
  const index = row === null ? 0 : (messages.ofRow[row] ?? 0);
  const endUs = index === 0 ? Infinity : (messages.endUs[index - 1] as number);
  const heard = index > 0 && messages.fate[index - 1] === Fate.heard;
  const took = heard ? endUs - message.sentUs : Math.max(40_000, endUs - message.sentUs);
  if (!Number.isFinite(took)) return 0.5;
  return Math.min(1, Math.max(0, (moment.nowUs - message.sentUs) / Math.max(1, took)));
}

function sentRowOf(moment: Moment, message: MessageView): number | null {
  const { messages } = moment.story;
  const index = messages.byId.get(message.id);
  return index === undefined ? null : (messages.sentRow[index] as number);
}

function placeOf(layout: RingLayout, sid: number): Point | null {
  return layout.places.find((place) => place.sid === sid)?.at ?? null;
}

function peerLabel(server: ServerView): string {
  const base = `server ${server.sid}, ${shownState(server)}`;
  if (server.life !== "running") return base;
  const votes =
    server.state === "LOOKING" && server.vote.leader >= 0
      ? `, votes for ${server.vote.leader}, ${server.tally} of ${server.quorum} votes`
      : server.leader >= 0 && server.leader !== server.sid
        ? `, leader ${server.leader}`
        : "";
  return `${base}, ${server.phase}, epoch ${server.currentEpoch}${votes}`;
}
