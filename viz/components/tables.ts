import { rowAt } from "../../sim/trace/columns.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { ServerView } from "../../sim/trace/view.ts";
import { mainRowOf } from "../player/explain.ts";
import { explain } from "../player/explain.ts";
import type { Moment, Player } from "../player/player.ts";
import { secondsText, zxidText } from "../player/words.ts";
import { openDialog } from "./help.ts";
import { element } from "./html.ts";
import { shownState } from "./ring-peer.ts";

const EVENTS_MAX = 200;

/** The focused pane in words and numbers: servers, logs, or the events up to now. */
export function openTable(pane: string, player: Player): void {
  const moment = player.moment();
  const { servers } = moment.view;
  if (pane === "log") return openDialog("Logs", logsTable(servers));
  if (pane === "field" || pane === "why") return openDialog("Events", eventsTable(moment));
  openDialog("Ensemble", ensembleTable(servers));
}

function ensembleTable(servers: readonly ServerView[]): HTMLElement {
  return table(
    [
      "server",
      "state",
      "phase",
      "leader",
      "votes for",
      "votes",
      "round",
      "accepted",
      "current",
      "logged",
      "durable",
      "applied",
    ],
    servers.map((server) => [
      String(server.sid),
      shownState(server),
      server.phase,
      server.leader < 0 ? "–" : String(server.leader),
      server.vote.leader < 0 ? "–" : String(server.vote.leader),
      `${server.tally} of ${server.quorum}`,
      String(server.round),
      String(server.acceptedEpoch),
      String(server.currentEpoch),
      zxidText(server.logged),
      zxidText(server.synced),
      zxidText(server.applied),
    ]),
  );
}

function logsTable(servers: readonly ServerView[]): HTMLElement {
  return table(
    ["server", "zxid", "durable", "acked", "committed", "applied"],
    servers.flatMap((server) =>
      server.log
        .slice(-12)
        .map((cell) => [
          String(server.sid),
          zxidText(cell.zxid),
          ...[cell.synced, cell.acked, cell.committed, cell.applied].map((is) =>
            is ? "yes" : "no",
          ),
        ]),
    ),
  );
}

/** The last turns before now, newest first. */
function eventsTable(moment: Moment): HTMLElement {
  const rows: string[][] = [];
  const { trace, story } = moment;
  let end = moment.rows;
  while (end > 0 && rows.length < EVENTS_MAX) {
    const { turn } = rowAt(trace.columns, end - 1);
    let start = end;
    while (start > 0 && rowAt(trace.columns, start - 1).turn === turn) start--;
    const main = mainRowOf(trace, start, end);
    const row = rowAt(trace.columns, main);
    if (row.kind !== RowKind.captioned) {
      const told = explain(trace, story, main);
      const changed = told.changes.filter((change) => change.changed);
      const words = changed.map((change) => `${change.name} ${change.before} → ${change.after}`);
      rows.push([secondsText(row.atUs), String(turn), told.title, words.join("; ")]);
    }
    end = start;
  }
  return table(["s", "event", "what", "changed"], rows);
}

function table(heads: readonly string[], rows: readonly (readonly string[])[]): HTMLElement {
  return element(
    "div",
    { class: "scroll", tabindex: "0" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element("tr", {}, ...heads.map((head) => element("th", { scope: "col" }, head))),
      ),
      element(
        "tbody",
        {},
        ...rows.map((row) => element("tr", {}, ...row.map((cell) => element("td", {}, cell)))),
      ),
    ),
  );
}
