import { rowAt } from "../../sim/trace/columns.ts";
import { MessageCode, RowKind, type Row } from "../../sim/trace/row.ts";
import { textOf, type Trace } from "../../sim/trace/trace.ts";
import { partyName } from "./cuts.ts";
import { Fate } from "./messages.ts";
import { sentenceFor } from "./sentences.ts";
import type { Story } from "./story.ts";
import {
  durationText,
  errorWord,
  isNotification,
  leaderIn,
  messageWord,
  operationWord,
  peerEpochIn,
  secondsText,
  timerWord,
  zxidText,
  type Family,
} from "./words.ts";

/** What an event was, before anything is explained. */
export type Headline = {
  readonly chip: { readonly letter: string; readonly family: Family | "fault" | "plain" };
  readonly title: string;
  readonly subtitle: string;
  /** Words of the message, or of the event. */
  readonly facts: readonly (readonly [string, string])[];
};

const SESSIONS = ["connecting", "connected", "suspended", "expired", "closed"] as const;

export function headline(trace: Trace, story: Story, told: Row, row: number): Headline {
  const message = (story.messages.ofRow[row] ?? 0) - 1;
  if (message >= 0) return messageHeadline(trace, story, message);
  const at = `at ${secondsText(told.atUs)} s`;
  const plain = (title: string, facts: Headline["facts"] = []): Headline => ({
    chip: { letter: "", family: isFault(told.kind) ? "fault" : "plain" },
    title,
    subtitle: at,
    facts,
  });
  switch (told.kind) {
    case RowKind.fired:
      return plain(`Timer ${timerWord(told.a)} fires at ${told.who}`);
    case RowKind.synced:
      return plain(`Server ${told.who}: log durable`, [["up to", zxidText(told.zxid)]]);
    case RowKind.cut:
      return plain(`Server ${told.who} loses its connection with ${told.peer}`);
    case RowKind.invoked:
      return plain(`${partyName(trace.header, told.who)} calls ${operationWord(told.a)}`, [
        ["what", textOf(trace, told.link)],
        ["on", `server ${told.peer}`],
      ]);
    case RowKind.returned:
      return plain(`${partyName(trace.header, told.who)} is answered: ${errorWord(told.a)}`, [
        ["zxid", zxidText(told.zxid)],
      ]);
    case RowKind.armed:
      return plain(`Server ${told.who} arms ${timerWord(told.a)}`, [["after", `${told.b} ms`]]);
    case RowKind.disarmed:
      return plain(`Server ${told.who} disarms ${timerWord(told.a)}`);
    case RowKind.logged:
      return plain(`Server ${told.who} appends ${zxidText(told.zxid)} to its log`);
    case RowKind.applied:
      return plain(`Server ${told.who} applies ${zxidText(told.zxid)} to its tree`);
    case RowKind.recovered:
      return plain(`Server ${told.who} has read its disk, up to ${zxidText(told.zxid)}`);
    case RowKind.state:
      return plain(`Server ${told.who} changes its state`);
    case RowKind.epochs:
      return plain(`Server ${told.who} writes its epochs`);
    case RowKind.session:
      return plain(
        `Session of ${partyName(trace.header, told.who)}: ${SESSIONS[told.a] ?? "changed"}`,
      );
    case RowKind.watched:
      return plain(
        `${partyName(trace.header, told.who)} hears of a watch on ${textOf(trace, told.link)}`,
      );
    case RowKind.stepped:
    case RowKind.captioned:
      return plain(textOf(trace, told.link) === "" ? "A step" : textOf(trace, told.link));
  }
  const sentence = sentenceFor(trace, story, row);
  return plain(sentence === "" ? `Server ${told.who}` : sentence.replace(/\.$/, ""));
}

function messageHeadline(trace: Trace, story: Story, message: number): Headline {
  const { messages } = story;
  const sent = rowAt(trace.columns, messages.sentRow[message] as number);
  const { name, letter, family } = messageWord(sent.a);
  const fate = messages.fate[message] as number;
  const sentText = `sent ${secondsText(sent.atUs)}`;
  const endUs = messages.endUs[message] as number;
  const heldUs = messages.heldUs[message] as number;
  const end =
    fate === Fate.heard
      ? `heard ${secondsText(endUs)}, took ${durationText(endUs - sent.atUs)}`
      : fate === Fate.lost
        ? `lost ${secondsText(endUs)}`
        : heldUs < Infinity
          ? "held at a wall"
          : "never heard";
  return {
    chip: { letter, family },
    title: `${name} ${partyName(trace.header, sent.who)} → ${partyName(trace.header, sent.peer)}`,
    subtitle: `${sentText}, ${end}`,
    facts: messageFacts(sent),
  };
}

function messageFacts(sent: Row): (readonly [string, string])[] {
  if (isNotification(sent.a)) {
    return [
      ["votes for", String(leaderIn(sent.c))],
      ["zxid", zxidText(sent.zxid)],
      ["peerEpoch", String(peerEpochIn(sent.c))],
      ["electionEpoch", String(sent.b)],
    ];
  }
  if (sent.a === MessageCode.request) return [["operation", operationWord(sent.b)]];
  const facts: (readonly [string, string])[] = [];
  if (sent.zxid !== 0n) facts.push(["zxid", zxidText(sent.zxid)]);
  if (sent.a === MessageCode.ACKEPOCH) facts.push(["currentEpoch", String(sent.b)]);
  return facts;
}

function isFault(kind: number): boolean {
  return (
    kind === RowKind.crashed ||
    kind === RowKind.walled ||
    kind === RowKind.slowed ||
    kind === RowKind.linkFaulted ||
    kind === RowKind.paused ||
    kind === RowKind.faulted ||
    kind === RowKind.violated
  );
}
