import { select, type Selection } from "d3";
import type { MessageView, View } from "../../sim/trace/view.ts";
import { MessageCode } from "../../sim/trace/row.ts";
import { Fate } from "../player/messages.ts";
import type { Moment, Player } from "../player/player.ts";
import { messageWord } from "../player/words.ts";
import { layChips, type Chip } from "./chips.ts";
import { placeOf, type RingLayout } from "./ring-layout.ts";
import { arcOver, directions } from "./ring-walls.ts";
import { between, linePath, type Point } from "./shapes.ts";

/** More messages under way than this are counted per link instead of drawn. */
const FLIGHTS_MAX = 60;

type Flight = Chip & {
  readonly message: MessageView;
  readonly d: string;
  readonly count: number;
};

export function drawFlights(
  group: Selection<SVGGElement, unknown, null, undefined>,
  moment: Moment,
  layout: RingLayout,
  player: Player,
): void {
  const flights = layChips(flightsOf(moment, layout));
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
    .selectAll<SVGGElement, (typeof flights)[number]>("g.token")
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
    .order()
    .attr("data-dot", (flight) => String(flight.dot))
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
    flights.set(key, { id: message.id, message, at, d: linePath(a, b), letter, family, count });
  }
  return [...flights.values(), ...heldOf(moment.view, layout)];
}

/** Chips at a wall at most. */
const HELD_MAX = 2;
/** Servers with walls around whose chips are shown. */
const WALLED_MAX = 3;

/** A chip for each kind of message that a server has waiting at its wall, side by side; pings yield first. */
function heldOf(view: View, layout: RingLayout): Flight[] {
  const kinds = new Map<string, MessageView>();
  for (const message of view.inFlight.values()) {
    if (!message.held || message.code === MessageCode.PING) continue;
    kinds.set(`${message.from} ${messageWord(message.code).letter}`, message);
  }
  const bySender = new Map<number, MessageView[]>();
  for (const message of kinds.values()) {
    const chips = bySender.get(message.from) ?? [];
    if (chips.length < HELD_MAX) bySender.set(message.from, [...chips, message]);
  }
  // Where many are cut off the walls alone are enough to look at; how many wait is said in words.
  if (new Set(view.walls.map(({ from }) => from)).size > WALLED_MAX) return [];
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
      return { id: message.id, message, at, d: "", letter, family, count: 1 };
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
