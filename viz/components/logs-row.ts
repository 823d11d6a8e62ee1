import { select, type Selection } from "d3";
import type { LogCell, ServerView, View } from "../../sim/trace/view.ts";
import { zxidText } from "../player/words.ts";
import type { LogPage } from "./logs-layout.ts";
import { shownState } from "./ring-peer.ts";
import { bodyPath, crossPath } from "./shapes.ts";

/** Columns that never move: name, what it means, and a server's value. */
export const LOG_FIXED: readonly (readonly [string, string, (server: ServerView) => string])[] = [
  ["acc", "acceptedEpoch, on disk before the epoch is answered", (s) => String(s.acceptedEpoch)],
  ["cur", "currentEpoch, on disk before NEWLEADER is acked", (s) => String(s.currentEpoch)],
  ["rnd", "electionEpoch, the round of election; never on disk", roundText],
];

/** Where the parts of a log row stand. */
export type LogFrame = {
  readonly left: number;
  readonly head: number;
  readonly fixed: number;
  readonly wide: boolean;
  readonly cell: number;
  readonly page: LogPage;
};

export function drawLogRow(
  row: Selection<SVGGElement, ServerView, null, undefined>,
  server: ServerView,
  frame: LogFrame,
  view: View,
): void {
  const state = shownState(server);
  const middle = 12;
  const { left, head, fixed, wide, cell, page } = frame;
  row.select(".row-plate").attr("width", left + cell * page.columns.length);
  const small = row.select(".small").attr("data-state", state);
  small.attr("transform", `translate(${head},${middle})`);
  small
    .select(".body")
    .attr("data-state", state)
    .attr("d", bodyPath(state, wide ? 6 : 10))
    .attr("transform", wide ? "translate(-4,0)" : null);
  small
    .select(".sid")
    .attr("x", wide ? 20 : 0)
    .attr("data-beside", String(wide))
    .text(server.sid);
  row
    .select(".fixed")
    .selectAll<SVGTextElement, (typeof LOG_FIXED)[number]>("text")
    .data(LOG_FIXED)
    .join("text")
    .attr("class", "mono label quiet")
    .style("font-size", "13px")
    .attr("text-anchor", "middle")
    .attr("x", (_, index) => fixed + index * 26)
    .attr("y", middle + 4.5)
    .text(([, , read]) => read(server));
  const cells = missingOnce(page.columns.map((column) => cellOf(server, column.zxid, view)));
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
  /** "none": others have it, this log does not; "nor": neither this one; "": nobody expects it here. */
  readonly mark: "logged" | "synced" | "committed" | "lost" | "covered" | "none" | "nor" | "";
  readonly cell: LogCell | null;
};

/** Of several in a row that a log misses only the first is told in a word. */
function missingOnce(cells: readonly CellDatum[]): CellDatum[] {
  return cells.map((cell, index) => {
    const again = cell.mark === "none" && cells[index - 1]?.mark === "none";
    return again ? { ...cell, mark: "nor" } : cell;
  });
}

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
  const boxed = mark !== "none" && mark !== "nor" && mark !== "";
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
    .text(mark === "none" ? "none" : mark === "nor" ? "–" : "");
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

function roundText(server: ServerView): string {
  return server.life === "running" ? String(server.round) : "–";
}
