import { rowAt } from "../../sim/trace/columns.ts";
import { RowKind, type Row } from "../../sim/trace/row.ts";
import { textOf, type Trace } from "../../sim/trace/trace.ts";
import type { ServerView, View } from "../../sim/trace/view.ts";
import type { Moment } from "./player.ts";
import { spanAt, type Story } from "./story.ts";
import { durationText, listText, zxidText } from "./words.ts";

export type Caption = {
  /** One sentence: what just happened. */
  readonly sentence: string;
  /** What else is worth knowing at this instant; words between stars are emphasised. */
  readonly context: string;
  readonly tone: "calm" | "fault" | "violation";
};

/** The sentence over everything. A scenario's own caption wins; what happened then moves to the second line. */
export function captionOf(moment: Moment): Caption {
  const { story, trace, view } = moment;
  const told = lastTold(moment);
  const sentence = told === null ? beginning(trace) : sentenceFor(trace, story, told);
  const tone = toneOf(trace, told);
  if (view.caption !== null && tone !== "violation") {
    return { sentence: view.caption, context: sentence, tone: "calm" };
  }
  return { sentence, context: contextOf(moment), tone };
}

/** What says most about a turn in which several things deserve a sentence; all others count 1. */
const WEIGHTS: ReadonlyMap<number, number> = new Map<number, number>([
  [RowKind.violated, 9],
  [RowKind.crashed, 8],
  [RowKind.started, 8],
  [RowKind.walled, 8],
  [RowKind.healed, 8],
  [RowKind.established, 7],
  [RowKind.elected, 6],
  [RowKind.tally, 5],
  [RowKind.vote, 4],
]);

/** The row of the last moment that deserved a sentence, at or before now; of one turn, what weighs most. */
export function lastTold(moment: Moment): number | null {
  const { moments } = moment.story;
  let low = 0;
  let high = moments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((moments[middle] as number) < moment.rows) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? null : heaviest(moment.trace, moments, low - 1);
}

function heaviest(trace: Trace, moments: readonly number[], last: number): number {
  let best = moments[last] as number;
  const { turn } = rowAt(trace.columns, best);
  let weight = WEIGHTS.get(rowAt(trace.columns, best).kind) ?? 1;
  for (let index = last - 1; index >= 0; index--) {
    const row = moments[index] as number;
    const told = rowAt(trace.columns, row);
    if (told.turn !== turn) break;
    const next = WEIGHTS.get(told.kind) ?? 1;
    if (next <= weight) continue;
    best = row;
    weight = next;
  }
  return best;
}

/** One sentence about one row of the story's moments. */
export function sentenceFor(trace: Trace, story: Story, index: number): string {
  const row = rowAt(trace.columns, index);
  const { who, peer } = row;
  switch (row.kind) {
    case RowKind.crashed:
      return `Server ${who}${wasLeader(story, row) ? ", the leader," : ""} crashes.`;
    case RowKind.started:
      return `Server ${who} starts and looks for a leader.`;
    case RowKind.paused:
      return `Server ${who} is paused: it hears, says and does nothing.`;
    case RowKind.resumed:
      return `Server ${who} goes on.`;
    case RowKind.walled:
      return `A wall: nothing from ${who} reaches ${listText(peersOfTurn(trace, index))}.`;
    case RowKind.healed:
      return `The wall from ${who} to ${listText(peersOfTurn(trace, index))} is gone.`;
    case RowKind.slowed:
      return `The link from ${who} to ${peer} is slow now: ${row.a} ms more.`;
    case RowKind.vote:
      return voteSentence(trace, row, index);
    case RowKind.tally:
      return quorumSentence(story, row, index);
    case RowKind.elected:
      return who === peer
        ? `Server ${who} is elected and begins to lead.`
        : `Server ${who} follows ${peer}.`;
    case RowKind.proposed:
      return `Leader ${who} proposes ${zxidText(row.zxid)}.`;
    case RowKind.committed:
      return `${zxidText(row.zxid)} is committed: a quorum has it in its log.`;
    case RowKind.truncated:
      return `Server ${who} cuts its log back to ${zxidText(row.zxid)}.`;
    case RowKind.snapped:
      return `Server ${who} replaces its tree by the leader’s, as of ${zxidText(row.zxid)}.`;
    case RowKind.established:
      return `Epoch ${row.a} begins: server ${who} leads it.`;
    case RowKind.syncChosen:
      return syncSentence(row);
    case RowKind.violated:
      return sentenceCase(textOf(trace, row.link));
    case RowKind.expected:
      return `${row.a === 1 ? "As expected" : "Expected, but missed"}: ${textOf(trace, row.link)}.`;
  }
  return "";
}

function voteSentence(trace: Trace, row: Row, index: number): string {
  if (row.peer === row.who) return `Server ${row.who} votes for itself, in round ${row.a}.`;
  const heard = rowAt(trace.columns, Math.max(0, index - 1));
  const from =
    heard.kind === RowKind.heard && heard.peer !== row.peer ? `, hearing ${heard.peer}` : "";
  return `Server ${row.who} changes its vote to ${row.peer}${from}.`;
}

function quorumSentence(story: Story, row: Row, index: number): string {
  const quorum = story.quorums.find((each) => each.row === index);
  if (quorum === undefined) return "";
  const voters = listText(quorum.voters);
  return quorum.leader === row.who
    ? `Server ${row.who} has its quorum: ${voters} voted for it.`
    : `Server ${row.who} sees a quorum for ${quorum.leader}: ${voters}.`;
}

function syncSentence({ who, peer, a }: Row): string {
  if (a === 0) return `Leader ${who} sends server ${peer} what it misses (DIFF).`;
  if (a === 1) return `Leader ${who} has server ${peer} cut its log (TRUNC).`;
  return `Leader ${who} sends server ${peer} the whole tree (SNAP).`;
}

function wasLeader(story: Story, row: Row): boolean {
  return story.epochs.some((epoch) => epoch.leader === row.who && epoch.toUs === row.atUs);
}

function peersOfTurn(trace: Trace, first: number): number[] {
  const { kind, turn } = rowAt(trace.columns, first);
  const peers: number[] = [];
  for (let index = first; index < trace.columns.rows; index++) {
    const row = rowAt(trace.columns, index);
    if (row.turn !== turn || row.kind !== kind) break;
    peers.push(row.peer);
  }
  return peers;
}

function beginning(trace: Trace): string {
  const { title, name } = trace.header.scenario;
  return title === "" ? `${name}, from the start.` : title;
}

function toneOf(trace: Trace, told: number | null): Caption["tone"] {
  if (told === null) return "calm";
  const { kind } = rowAt(trace.columns, told);
  if (kind === RowKind.violated) return "violation";
  return kind === RowKind.crashed || kind === RowKind.walled ? "fault" : "calm";
}

/** The second line: who leads, who looks, who is gone, what is cut. */
function contextOf(moment: Moment): string {
  const { view, story, nowUs } = moment;
  const parts = [leadershipOf(moment)];
  const looking = view.servers.filter(
    (each) => each.life === "running" && each.state === "LOOKING",
  );
  const leading = spanAt(story.epochs, nowUs) !== null;
  if (looking.length > 0 && (leading || looking.length < view.servers.length)) {
    parts.push(`*${names(looking)}* ${looking.length === 1 ? "is" : "are"} LOOKING.`);
  }
  const paused = view.servers.filter((each) => each.life === "paused");
  if (paused.length > 0) parts.push(`*${names(paused)}* paused.`);
  parts.push(...wallsOf(view));
  return parts.filter((part) => part !== "").join(" ");
}

function leadershipOf(moment: Moment): string {
  const { view, story, nowUs } = moment;
  const epoch = spanAt(story.epochs, nowUs);
  if (epoch !== null) {
    const following = view.servers.filter(
      (each) =>
        each.life === "running" && each.leader === epoch.leader && each.sid !== epoch.leader,
    );
    const crashed = view.servers.filter((each) => each.life === "crashed");
    const gone = crashed.length === 0 ? "" : ` *${names(crashed)}* ${isAre(crashed)} crashed.`;
    const led = following.length === 0 ? "nobody follows" : `${bare(following)} follow`;
    return `*Epoch ${epoch.epoch}*: ${epoch.leader} leads, ${led}.${gone}`;
  }
  const crashed = view.servers.filter((each) => each.life === "crashed");
  const last = crashed.reduce((latest, each) => Math.max(latest, each.lifeSinceUs), 0);
  const lost = crashed.find((each) => each.lifeSinceUs === last);
  if (lost !== undefined && nowUs > last) {
    const role = story.epochs.some((each) => each.leader === lost.sid && each.toUs === last);
    return `${role ? "Leader" : "Server"} ${lost.sid} crashed ${durationText(nowUs - last)} ago.`;
  }
  return view.servers.some((each) => each.life !== "never started") ? "There is no leader." : "";
}

function wallsOf(view: View): string[] {
  const bySender = new Map<number, number[]>();
  for (const { from, to } of view.walls) {
    bySender.set(from, [...(bySender.get(from) ?? []), to]);
  }
  const others = view.servers.length - 1;
  return [...bySender].map(([from, to]) =>
    to.length >= others
      ? `Nothing *server ${from}* says gets out.`
      : `Nothing from *${from}* reaches ${listText(to)}.`,
  );
}

function names(servers: readonly ServerView[]): string {
  return `${servers.length === 1 ? "Server" : "Servers"} ${bare(servers)}`;
}

function bare(servers: readonly ServerView[]): string {
  return listText(servers.map((server) => server.sid));
}

function isAre(servers: readonly ServerView[]): string {
  return servers.length === 1 ? "is" : "are";
}

function sentenceCase(text: string): string {
  const trimmed = text.trim();
  return trimmed.endsWith(".") ? trimmed : `${trimmed}.`;
}
