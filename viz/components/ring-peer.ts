import type { Selection } from "d3";
import type { ServerView, View } from "../../sim/trace/view.ts";
import type { Moment, Player } from "../player/player.ts";
import { durationText } from "../player/words.ts";
import type { RingPlace } from "./ring-layout.ts";
import { heldCount } from "./ring-walls.ts";
import { arcPath, bodyPath, crossPath } from "./shapes.ts";

const PHASES = ["ELECTION", "DISCOVERY", "SYNCHRONIZATION", "BROADCAST"] as const;

export type PeerDatum = {
  readonly server: ServerView;
  readonly place: RingPlace;
  readonly state: string;
};

export function shownState(server: ServerView): string {
  return server.life === "running" ? server.state : server.life;
}

type PeerSelection = Selection<SVGGElement, PeerDatum, SVGGElement, unknown>;

export function enterPeer(peer: PeerSelection, player: Player): PeerSelection {
  const focus = (datum: PeerDatum): void => {
    const { sid } = datum.server;
    player.focusServer(player.focused() === sid ? null : sid);
  };
  peer.attr("class", "peer").on("click", (_, datum) => focus(datum));
  peer.append("g").attr("class", "arcs");
  enterPress(peer.append("g"), focus);
  peer.append("circle").attr("class", "plate");
  // The button's label says these words, one after the other.
  peer.append("text").attr("class", "sid").attr("aria-hidden", "true");
  const badge = peer.append("g").attr("class", "badge");
  badge.append("circle").attr("r", 11);
  badge.append("path");
  const words = peer.append("g").attr("class", "words").attr("aria-hidden", "true");
  words.append("text").attr("class", "state-word");
  words.append("text").attr("class", "phase-word").attr("y", 16);
  words.append("text").attr("class", "held-word");
  words.append("g").attr("class", "pips");
  return peer;
}

/** What takes the focus: the shape alone, with a name that says the words around it. */
function enterPress(press: PeerSelection, focus: (datum: PeerDatum) => void): void {
  press.attr("class", "press").attr("role", "button");
  press.append("path").attr("class", "focus-ring");
  press.append("path").attr("class", "body");
  press.on("keydown", function move(event: KeyboardEvent, datum) {
    if (event.key === "Enter") focus(datum);
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    event.preventDefault();
    const peer = this.parentElement;
    const next =
      event.key === "ArrowDown" ? peer?.nextElementSibling : peer?.previousElementSibling;
    next?.querySelector<SVGGElement>(".press")?.focus();
  });
}

export function updatePeer(
  peer: Selection<SVGGElement, PeerDatum, null, undefined>,
  { server, place, state }: PeerDatum,
  moment: Moment,
  disc: number,
): void {
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
  words.select(".state-word").text(stateWord(server));
  words.select(".phase-word").text(phaseWord(server, moment.nowUs));
  const held = words.select(".held-word").text(heldText(moment.view, server.sid));
  // Over the state where that is beside the server; the words below a server leave room only behind them.
  if (place.anchor === "start") held.attr("y", -17).attr("x", 0);
  else
    held
      .attr("y", 34)
      .attr("x", voterCount(moment.view) * 6 + 8)
      .attr("text-anchor", "start");
  drawPips(words.select<SVGGElement>(".pips"), server, moment.view, place.anchor);
}

/** What ZooKeeper calls a state stands in capitals. */
export function stateWord(server: ServerView): string {
  if (server.life === "never started") return "not started";
  return shownState(server).toUpperCase();
}

function phaseWord(server: ServerView, nowUs: number): string {
  if (server.life === "running") return server.phase;
  if (server.life === "never started") return "";
  return `${durationText(Math.max(0, nowUs - server.lifeSinceUs))} ago`;
}

/** How many of a server's messages walls hold; where only one server has walls they say so themselves. */
function heldText(view: View, sid: number): string {
  const walled = new Set(view.walls.map((wall) => wall.from));
  const count = walled.size < 2 ? 0 : heldCount(view, sid);
  return count > 0 ? `${count} held` : "";
}

function voterCount(view: View): number {
  return view.servers.filter((each) => each.role === "participant").length;
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
  const voters = voterCount(view);
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

/** What a server shows, in the words that stand there, and then what its arrows and squares say. */
export function peerLabel(server: ServerView): string {
  const { sid, vote, leader } = server;
  if (server.life !== "running") return `${sid} ${stateWord(server)}`;
  const votes =
    server.state === "LOOKING" && vote.leader >= 0
      ? `, votes for ${vote.leader}, ${server.tally} of ${server.quorum} votes`
      : leader >= 0 && leader !== sid
        ? `, leader ${leader}`
        : "";
  return `${sid} ${server.state} ${server.phase}, epoch ${server.currentEpoch}${votes}`;
}
