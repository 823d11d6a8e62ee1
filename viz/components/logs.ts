import { select, type Selection } from "d3";
import type { ServerView, View } from "../../sim/trace/view.ts";
import type { Moment, Player } from "../player/player.ts";
import { counterText, epochOf } from "../player/words.ts";
import { logPage, type LogPage } from "./logs-layout.ts";
import { drawLogEdge, drawLogLegend } from "./logs-legend.ts";
import { sizeOf } from "./size.ts";
import { drawLogRow, LOG_FIXED, type LogFrame } from "./logs-row.ts";

const ROW = 26;
const TOP = 36;

export type Logs = { readonly draw: (moment: Moment) => void };

/** What each server has in its log, cell by cell: proposed, durable, acknowledged, committed and applied are five signs. */
export function logLanes(
  pane: HTMLElement,
  svg: SVGSVGElement,
  subtitle: HTMLElement,
  player: Player,
): Logs {
  const root = select(svg);
  const size = sizeOf(pane);
  const heads = root.append("g").attr("class", "heads");
  const rows = root.append("g").attr("class", "rows");
  const edge = root.append("g").attr("class", "edge");
  const legend = root.append("g").attr("class", "legend");

  function draw(moment: Moment): void {
    const { view, story } = moment;
    const width = size().width - 1;
    const narrow = width < 380;
    const head = narrow ? 16 : 34;
    // Long sids stand beside their shape instead of in it.
    const wide = view.servers.some((server) => server.sid > 99);
    const fixed = head + (wide ? 50 : 28);
    const left = fixed + 74;
    const room = width - (narrow ? 16 : 24) - left;
    const page = logPage(story.zxids, view, Math.max(3, Math.floor(room / 32)));
    const cell = Math.min(48, Math.floor((room / Math.max(7, page.columns.length)) * 10) / 10);
    const frame: LogFrame = { left, head, fixed, cell, wide, page };
    const epochs = page.epochs.length === 0 ? "" : `, epoch ${page.epochs.join(" and ")}`;
    subtitle.textContent = `by zxid${epochs}`;
    drawHeads(heads, frame);
    drawRows(view, frame);
    const bottom = TOP + view.servers.length * ROW;
    drawLogEdge(edge, frame, bottom);
    const height = drawLogLegend(legend, bottom + 28, width, narrow);
    root.attr("width", width).attr("height", height);
  }

  function drawRows(view: View, frame: LogFrame): void {
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
        drawLogRow(select<SVGGElement, ServerView>(this), server, frame, view);
      });
  }

  return { draw };
}

function drawHeads(group: Selection<SVGGElement, unknown, null, undefined>, frame: LogFrame): void {
  const { left, cell, page, fixed } = frame;
  group
    .selectAll<SVGTextElement, (typeof LOG_FIXED)[number]>("text.fixed-head")
    .data(LOG_FIXED)
    .join((enter) => {
      const text = enter.append("text").attr("class", "fixed-head label quiet");
      text.append("tspan").text(([name]) => name);
      text.append("title").text(([, words]) => words);
      return text;
    })
    .attr("text-anchor", "middle")
    .attr("x", (_, index) => fixed + index * 26)
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
  group
    .selectAll("text.more")
    .data(page.more > 0 ? [page.more] : [])
    .join("text")
    .attr("class", "more label quiet")
    .attr("text-anchor", "end")
    .attr("x", left + page.columns.length * cell)
    .attr("y", 10)
    .text((count) => `${count} more →`);
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
