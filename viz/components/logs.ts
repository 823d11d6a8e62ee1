import { select, type Selection } from "d3";
import type { LogCell, ServerView, View } from "../../sim/trace/view.ts";
import type { Moment, Player } from "../player/player.ts";
import { counterText, epochOf, zxidText } from "../player/words.ts";
import { logPage, type LogPage } from "./logs-layout.ts";
import { shownState } from "./ring.ts";
import { bodyPath, crossPath } from "./shapes.ts";

const ROW = 26;
const TOP = 36;
const FIXED: readonly (readonly [string, string, (server: ServerView) => string])[] = [
  ["acc", "acceptedEpoch, on disk before the epoch is answered", (s) => String(s.acceptedEpoch)],
  ["cur", "currentEpoch, on disk before NEWLEADER is acked", (s) => String(s.currentEpoch)],
  ["rnd", "electionEpoch, the round of election; never on disk", roundText],
];

export type Logs = { readonly draw: (moment: Moment) => void };

type Frame = {
  readonly left: number;
  readonly head: number;
  readonly cell: number;
  readonly page: LogPage;
};

/** What each server has in its log, cell by cell: proposed, durable, acknowledged, committed and applied are five signs. */
export function logLanes(svg: SVGSVGElement, subtitle: HTMLElement, player: Player): Logs {
  const root = select(svg);
  const heads = root.append("g").attr("class", "heads");
  const rows = root.append("g").attr("class", "rows");
  const edge = root.append("g").attr("class", "edge");
  const legend = root.append("g").attr("class", "legend");

  function draw(moment: Moment): void {
    const { view, story } = moment;
    const width = (svg.parentElement?.clientWidth ?? 392) - 1;
    const narrow = width < 380;
    const head = narrow ? 16 : 34;
    const left = narrow ? 120 : 136;
    const room = width - (narrow ? 16 : 24) - left;
    const page = logPage(story.zxids, view, Math.max(3, Math.floor(room / 32)));
    const cell = Math.min(48, Math.floor((room / Math.max(7, page.columns.length)) * 10) / 10);
    const frame: Frame = { left, head, cell, page };
    const epochs = page.epochs.length === 0 ? "" : `, epoch ${page.epochs.join(" and ")}`;
    subtitle.textContent = `by zxid${epochs}`;
    drawHeads(heads, frame);
    drawRows(view, frame);
    const bottom = TOP + view.servers.length * ROW;
    drawEdge(edge, frame, bottom);
    const height = drawLegend(legend, bottom + 28, width, narrow);
    root.attr("width", width).attr("height", height);
  }

  function drawRows(view: View, frame: Frame): void {
    rows
      .selectAll<SVGGElement, ServerView>("g.row")
      .data(view.servers, (server) => server.sid)
      .join((enter) => {
        const row = enter.append("g").attr("class", "row");
        row.append("rect").attr("class", "row-plate").attr("height", ROW).attr("y", -1);
        const small = row.append("g").attr("class", "small");
        small.append("path").attr("class", "body");
        small.append("text").attr("class", "sid").attr("font-size", 13).attr("dy", "0.36em");
        row.append("g").attr("class", "fixed");
        row.append("g").attr("class", "cells");
        return row;
      })
      .attr("data-sid", (server) => server.sid)
      .attr("data-life", (server) => server.life)
      .attr("data-focused", (server) => String(player.focused() === server.sid))
      .attr("transform", (_, index) => `translate(0,${TOP + index * ROW})`)
      .each(function update(server) {
        drawRow(select<SVGGElement, ServerView>(this), server, frame, view);
      });
  }

  return { draw };
}

function drawHeads(group: Selection<SVGGElement, unknown, null, undefined>, frame: Frame): void {
  const { left, cell, page, head } = frame;
  group
    .selectAll<SVGTextElement, (typeof FIXED)[number]>("text.fixed-head")
    .data(FIXED)
    .join((enter) => {
      const text = enter.append("text").attr("class", "fixed-head label quiet");
      text.append("tspan").text(([name]) => name);
      text.append("title").text(([, words]) => words);
      return text;
    })
    .attr("text-anchor", "middle")
    .attr("x", (_, index) => head + 28 + index * 26)
    .attr("y", 24);
  group
    .selectAll<SVGTextElement, LogPage["columns"][number]>("text.zxid")
    .data(page.columns, (column) => String(column.zxid))
    .join("text")
    .attr("class", (_, index) => `zxid mono label ${index < page.committed ? "quiet" : "strong"}`)
    .style("font-size", "13px")
    .attr("text-anchor", "middle")
    .attr("x", (_, index) => left + index * cell + cell / 2 - 2)
    .attr("y", 24)
    .text((column) => counterText(column.zxid, page.digits));
  const starts = page.columns
    .map((column, index) => ({ ...column, index }))
    .filter((column) => column.startsEpoch || (column.index === 0 && page.epochs.length > 1));
  group
    .selectAll<SVGTextElement, (typeof starts)[number]>("text.epoch")
    .data(starts, (column) => String(column.zxid))
    .join("text")
    .attr("class", "epoch label blue")
    .attr("x", (column) => left + column.index * cell)
    .attr("y", 10)
    .text((column) => `epoch ${epochOf(column.zxid)}`);
}

function drawRow(
  row: Selection<SVGGElement, ServerView, null, undefined>,
  server: ServerView,
  frame: Frame,
  view: View,
): void {
  const state = shownState(server);
  const middle = 12;
  const { left, head, cell, page } = frame;
  row.select(".row-plate").attr("width", left + cell * page.columns.length);
  const small = row.select(".small").attr("data-state", state);
  small.attr("transform", `translate(${head},${middle})`);
  small.select(".body").attr("data-state", state).attr("d", bodyPath(state, 10));
  small.select(".sid").text(server.sid);
  row
    .select(".fixed")
    .selectAll<SVGTextElement, (typeof FIXED)[number]>("text")
    .data(FIXED)
    .join("text")
    .attr("class", "mono label quiet")
    .style("font-size", "13px")
    .attr("text-anchor", "middle")
    .attr("x", (_, index) => head + 28 + index * 26)
    .attr("y", middle + 4.5)
    .text(([, , read]) => read(server));
  const cells = page.columns.map((column) => cellOf(server, column.zxid, view));
  row
    .select(".cells")
    .selectAll<SVGGElement, CellDatum>("g.entry")
    .data(cells, (datum) => String(datum.zxid))
    .join((enter) => {
      const entry = enter.append("g").attr("class", "entry");
      entry.append("rect").attr("class", "cell").attr("rx", 3);
      entry.append("path").attr("class", "ack").attr("d", "M3 -5l-6 5 6 5z");
      entry.append("circle").attr("class", "applied").attr("r", 3);
      entry.append("path").attr("class", "cross").attr("d", crossPath(4)).attr("stroke-width", 2);
      entry.append("text").attr("class", "label fault").attr("text-anchor", "middle");
      entry.append("title");
      return entry;
    })
    .attr("transform", (_, index) => `translate(${left + index * cell},1)`)
    .each(function update(datum) {
      drawCell(select(this), datum, cell - 4);
    });
}

type CellDatum = {
  readonly zxid: bigint;
  /** "none": others have it, this log does not; "" : nobody expects it here. */
  readonly mark: "logged" | "synced" | "committed" | "lost" | "covered" | "none" | "";
  readonly cell: LogCell | null;
};

function cellOf(server: ServerView, zxid: bigint, view: View): CellDatum {
  const cell = server.log.find((each) => each.zxid === zxid) ?? null;
  if (cell !== null) {
    const mark = cell.lost
      ? "lost"
      : cell.committed
        ? "committed"
        : cell.synced
          ? "synced"
          : "logged";
    return { zxid, mark, cell };
  }
  // Older than what the view keeps, or inside a snapshot: there, but not as a cell of its own.
  const oldest = server.log[0]?.zxid;
  if (zxid <= server.base || (oldest !== undefined && zxid < oldest && server.log.length > 40)) {
    return { zxid, mark: "covered", cell };
  }
  const known = view.servers.some((other) => other.log.some((each) => each.zxid === zxid));
  return { zxid, mark: known && server.life === "running" ? "none" : "", cell };
}

function drawCell(
  entry: Selection<SVGGElement, CellDatum, null, undefined>,
  { mark, cell, zxid }: CellDatum,
  width: number,
): void {
  const boxed = mark !== "none" && mark !== "";
  const outlined = mark !== "committed";
  const inset = outlined ? 0.75 : 0;
  entry
    .attr("data-mark", mark)
    .select(".cell")
    .attr("display", boxed ? null : "none")
    .attr("data-mark", mark)
    .attr("data-unsynced", String(mark === "committed" && cell?.synced === false))
    .attr("x", inset)
    .attr("y", inset)
    .attr("width", Math.max(0, width - 2 * inset))
    .attr("height", 22 - 2 * inset);
  const open = cell !== null && !cell.committed && !cell.lost;
  entry
    .select(".ack")
    .attr("display", open && cell.acked ? null : "none")
    .attr("transform", `translate(${width - 8},11)`);
  entry
    .select(".applied")
    .attr("display", cell?.applied === true && !cell.lost ? null : "none")
    .attr("data-on", cell?.committed === true ? "committed" : "open")
    .attr("cx", open ? 9 : width / 2)
    .attr("cy", 11);
  entry
    .select(".cross")
    .attr("display", mark === "lost" ? null : "none")
    .attr("transform", `translate(${width / 2},11)`);
  entry
    .select("text")
    .attr("x", width / 2)
    .attr("y", 15)
    .text(mark === "none" ? "none" : "");
  entry.select("title").text(boxed ? `${zxidText(zxid)}: ${cellWords(cell)}` : "");
}

function cellWords(cell: LogCell | null): string {
  if (cell === null) return "in a snapshot, or older than what is kept";
  if (cell.lost) return "lost: not yet durable when the power went";
  const words = [cell.synced ? "durable" : "not yet durable"];
  if (cell.acked) words.push("acknowledged");
  if (cell.committed) words.push("committed");
  if (cell.applied) words.push("applied");
  return words.join(", ");
}

/** Where what is committed ends and what is only logged begins. */
function drawEdge(
  group: Selection<SVGGElement, unknown, null, undefined>,
  { left, cell, page }: Frame,
  bottom: number,
): void {
  const shown = page.committed > 0 && page.committed < page.columns.length;
  const x = left + page.committed * cell - 2;
  group.attr("display", shown ? null : "none");
  group
    .selectAll("line")
    .data([x])
    .join("line")
    .attr("class", "boundary")
    .attr("x1", x)
    .attr("x2", x)
    .attr("y1", 10)
    .attr("y2", bottom + 20);
  const words: readonly (readonly [string, string, number])[] = [
    ["committed", "end", x - 6],
    ["logged only", "start", x + 6],
  ];
  group
    .selectAll<SVGTextElement, (typeof words)[number]>("text")
    .data(words)
    .join("text")
    .attr("class", ([word]) => `label strong ${word === "committed" ? "green" : ""}`)
    .style("font-size", "13px")
    .attr("text-anchor", ([, anchor]) => anchor)
    .attr("x", ([, , at]) => at)
    .attr("y", bottom + 16)
    .text(([word]) => word);
}

/** One mark, five independent signs. Gives the height it ends at. */
function drawLegend(
  group: Selection<SVGGElement, unknown, null, undefined>,
  top: number,
  width: number,
  narrow: boolean,
): number {
  const names = ["logged", "synced", "acked", "committed", "applied"] as const;
  let x = narrow ? 16 : 24;
  let y = top;
  const places = names.map((name) => {
    const needs = 30 + name.length * 6.2;
    if (x + needs > width - 8) {
      x = narrow ? 16 : 24;
      y += 24;
    }
    const place = { name, x, y };
    x += narrow ? 104 : needs;
    return place;
  });
  group
    .selectAll<SVGGElement, (typeof places)[number]>("g")
    .data(places)
    .join((enter) => {
      const item = enter.append("g");
      item
        .append("rect")
        .attr("class", "cell")
        .attr("width", 18)
        .attr("height", 14)
        .attr("rx", 2.5);
      item.append("text").attr("class", "label quiet").attr("x", 24).attr("y", 11.5);
      item
        .filter(({ name }) => name === "acked")
        .append("path")
        .attr("class", "ack")
        .attr("d", "M14.500 3l-5 4 5 4z");
      item
        .filter(({ name }) => name === "applied")
        .append("circle")
        .attr("class", "applied")
        .attr("data-on", "committed")
        .attr("cx", 9)
        .attr("cy", 7)
        .attr("r", 2.5);
      return item;
    })
    .attr("transform", (place) => `translate(${place.x},${place.y})`)
    .call((item) => item.select("text").text((place) => place.name))
    .call((item) =>
      item
        .select("rect")
        .attr("data-mark", ({ name }) =>
          name === "logged"
            ? "logged"
            : name === "synced" || name === "acked"
              ? "synced"
              : "committed",
        ),
    );
  return y + 20;
}

function roundText(server: ServerView): string {
  return server.life === "running" ? String(server.round) : "–";
}
