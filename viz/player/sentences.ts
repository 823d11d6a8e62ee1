import { rowAt } from "../../sim/trace/columns.ts";
import { RowKind, type Row } from "../../sim/trace/row.ts";
import { textOf, type Trace } from "../../sim/trace/trace.ts";
import { cutsSentence, healedSentence, type Cut } from "./cuts.ts";
import { linkEndSentence, linkSentence } from "./link-words.ts";
import type { Story } from "./story.ts";
import { listText, zxidText } from "./words.ts";

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
      return cutsSentence(trace.header, cutsOfTurn(trace, index));
    case RowKind.healed:
      return healedSentence(trace.header, cutsOfTurn(trace, index));
    case RowKind.linkFaulted:
      return linkSentence(trace.header, row, cutsOfTurn(trace, index));
    case RowKind.linkMended:
      return linkEndSentence(trace.header, row, cutsOfTurn(trace, index));
    case RowKind.slowed:
      return `The link from ${who} to ${peer} is slow now: ${row.a} ms more.`;
    case RowKind.faulted:
      return faultSentence(who, textOf(trace, row.link));
    case RowKind.vote:
      return voteSentence(trace, row, index);
    case RowKind.tally:
      return quorumSentence(story, row, index);
    case RowKind.elected:
      return electedSentence(story, row);
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

/** `disk: full` → `The disk of server 2: full.` */
function faultSentence(sid: number, text: string): string {
  const [what = "", how = ""] = text.split(": ");
  return `The ${what} of server ${sid}: ${how}.`;
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

function electedSentence(story: Story, { who, peer, atUs }: Row): string {
  const quorum = story.quorums.findLast((each) => each.sid === who && each.atUs <= atUs);
  const voters = quorum?.leader === peer ? listText(quorum.voters) : "";
  if (who !== peer) {
    return voters === ""
      ? `Server ${who} follows ${peer}.`
      : `Server ${who} follows ${peer}, which ${voters} elected.`;
  }
  return voters === ""
    ? `Server ${who} is elected and begins to lead.`
    : `Server ${who} is elected: ${voters} voted for it.`;
}

function syncSentence({ who, peer, a }: Row): string {
  if (a === 0) return `Leader ${who} sends server ${peer} what it misses (DIFF).`;
  if (a === 1) return `Leader ${who} has server ${peer} cut its log (TRUNC).`;
  return `Leader ${who} sends server ${peer} the whole tree (SNAP).`;
}

function wasLeader(story: Story, row: Row): boolean {
  return story.epochs.some((epoch) => epoch.leader === row.who && epoch.toUs === row.atUs);
}

/** All that the same step cut, or mended. */
function cutsOfTurn(trace: Trace, index: number): Cut[] {
  const { kind, turn, a } = rowAt(trace.columns, index);
  const cuts: Cut[] = [];
  let row = index;
  while (row > 0 && rowAt(trace.columns, row - 1).turn === turn) row--;
  for (; row < trace.columns.rows; row++) {
    const told = rowAt(trace.columns, row);
    if (told.turn !== turn) break;
    if (told.kind === kind && told.a === a) cuts.push({ from: told.who, to: told.peer });
  }
  return cuts;
}

function sentenceCase(text: string): string {
  const trimmed = text.trim();
  return trimmed.endsWith(".") ? trimmed : `${trimmed}.`;
}
