import type { LinkFaultView, ServerView, View } from "../../sim/trace/view.ts";
import { cutsSentence, type Cut } from "./cuts.ts";
import { linkSentence } from "./link-words.ts";
import type { Moment } from "./player.ts";
import { spanAt, type EpochSpan } from "./story.ts";
import { durationText, listText } from "./words.ts";

/** µs for which an election that is over is still worth a word. */
const NEWS_US = 500_000;

/** As the report of a run has it. */
type Elected = {
  readonly epoch: number;
  readonly startedMs: number;
  readonly finishedMs: number;
};

/** The second line: who leads, who looks, who is gone, what is cut. */
export function contextOf(moment: Moment): string {
  const { view, story, nowUs } = moment;
  const parts = [leadershipOf(moment)];
  const next = leaderToBe(view);
  if (next !== undefined && spanAt(story.epochs, nowUs) === null) {
    parts.push(`The epoch of *${next.sid}* begins when a quorum follows it.`);
  }
  const looking = view.servers.filter(
    (each) => each.life === "running" && each.state === "LOOKING",
  );
  const leading = spanAt(story.epochs, nowUs) !== null;
  if (looking.length > 0 && (leading || looking.length < view.servers.length)) {
    parts.push(`*${names(looking)}* ${looking.length === 1 ? "is" : "are"} LOOKING.`);
  }
  const paused = view.servers.filter((each) => each.life === "paused");
  if (paused.length > 0) parts.push(`*${names(paused)}* paused.`);
  parts.push(...wallsOf(moment), ...linkFaultsOf(moment));
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
    const led =
      following.length === 0
        ? "nobody follows"
        : `${bare(following)} ${following.length === 1 ? "follows" : "follow"}`;
    const took = electionText(moment, epoch);
    return `*Epoch ${epoch.epoch}*: ${epoch.leader} leads, ${led}.${took}${gone}`;
  }
  const crashed = view.servers.filter((each) => each.life === "crashed");
  const last = crashed.reduce((latest, each) => Math.max(latest, each.lifeSinceUs), 0);
  const lost = crashed.find((each) => each.lifeSinceUs === last);
  if (lost !== undefined && nowUs > last) {
    const role = story.epochs.some((each) => each.leader === lost.sid && each.toUs === last);
    return `${role ? "Leader" : "Server"} ${lost.sid} crashed ${durationText(nowUs - last)} ago.`;
  }
  const started = view.servers.some((each) => each.life !== "never started");
  return started && leaderToBe(view) === undefined ? "There is no leader." : "";
}

/** Somebody leads already, but its epoch is not established. */
function leaderToBe(view: View): ServerView | undefined {
  return view.servers.find((each) => each.life === "running" && each.state === "LEADING");
}

/** Cuts that were made together are one sentence. */
function wallsOf({ trace, view }: Moment): string[] {
  const together = new Map<number, Cut[]>();
  for (const wall of view.walls) {
    together.set(wall.sinceUs, [...(together.get(wall.sinceUs) ?? []), wall]);
  }
  return [...together.values()].map((cuts) => cutsSentence(trace.header, cuts));
}

/** So of faults on links. */
function linkFaultsOf({ trace, view }: Moment): string[] {
  const together = new Map<string, LinkFaultView[]>();
  for (const fault of view.linkFaults) {
    const key = `${fault.code} ${fault.measure} ${fault.sinceUs}`;
    together.set(key, [...(together.get(key) ?? []), fault]);
  }
  return [...together.values()].map((faults) => {
    const { code, measure } = faults[0] as LinkFaultView;
    return linkSentence(trace.header, { a: code, b: measure }, faults);
  });
}

/** How long an epoch's election took, as the report has it, while the epoch is new. */
function electionText({ trace, nowUs }: Moment, { epoch, fromUs }: EpochSpan): string {
  if (nowUs - fromUs > NEWS_US) return "";
  const result = trace.footer?.result as { readonly elections?: readonly Elected[] } | null;
  const elected = result?.elections?.find((each) => each.epoch === epoch);
  if (elected === undefined) return "";
  return ` Its election took ${(elected.finishedMs - elected.startedMs).toFixed(1)} ms.`;
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
