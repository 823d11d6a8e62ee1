import type { ServerView } from "../../sim/trace/view.ts";
import { zxidText } from "./words.ts";

/** One field of a server, before and after; the order of fields never changes. */
export type FieldChange = {
  readonly name: string;
  readonly before: string;
  readonly after: string;
  readonly changed: boolean;
};

const FIELDS: readonly (readonly [string, (server: ServerView) => string])[] = [
  ["state", (server) => (server.life === "running" ? server.state : server.life)],
  ["phase", (server) => server.phase],
  ["leader", (server) => sidText(server.leader)],
  ["vote", (server) => sidText(server.vote.leader)],
  ["vote zxid", (server) => zxidText(server.vote.zxid)],
  ["votes", (server) => `${server.tally} of ${server.quorum}`],
  ["electionEpoch", (server) => String(server.round)],
  ["acceptedEpoch", (server) => String(server.acceptedEpoch)],
  ["currentEpoch", (server) => String(server.currentEpoch)],
  ["logged", (server) => zxidText(server.logged)],
  ["durable", (server) => zxidText(server.synced)],
  ["applied", (server) => zxidText(server.applied)],
];

/** Every field of a server around an event. Empty when there is no such server. */
export function changedFields(before: ServerView | null, after: ServerView | null): FieldChange[] {
  if (before === null || after === null) return [];
  return FIELDS.map(([name, read]) => {
    const was = read(before);
    const is = read(after);
    return { name, before: was, after: is, changed: was !== is };
  });
}

function sidText(sid: number): string {
  return sid < 0 ? "–" : String(sid);
}
