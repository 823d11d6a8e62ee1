import type { Player } from "../player/player.ts";
import {
  marksIn,
  spansIn,
  type QuorumMark,
  type ResetMark,
  type Story,
  type TimerSpan,
  type VoteMark,
  type ZxidMark,
} from "../player/story.ts";
import { counterText, listText, timerWord } from "../player/words.ts";
import { translate, type Group } from "./field-lanes.ts";
import { along, laneOf, place, type Geometry } from "./field-geometry.ts";
import { diamondPath, linePath, px, textWidth } from "./shapes.ts";

/** More votes in a window than this are left to the closer look. */
const TOKENS_MAX = 250;

/** Who hears of a crash later than this hears of something else. */
const RESET_MAX_US = 3_000_000;

/** What happened on the lanes: votes changed, quorums seen, timers waited for, connections lost, writes proposed. */
export function drawMarks(
  group: Group,
  story: Story,
  geometry: Geometry,
  player: Player,
  fromUs: number,
  toUs: number,
): void {
  drawResets(group, marksIn(story.resets, fromUs, toUs), geometry);
  drawTimers(group, spansIn(story.timers, fromUs, toUs).slice(0, TOKENS_MAX), geometry);
  drawProposals(group, story, geometry, fromUs, toUs);
  const votes = marksIn(story.votes, fromUs, toUs);
  drawVotes(group, votes.length > TOKENS_MAX ? [] : votes, geometry, player);
  const quorums = marksIn(story.quorums, fromUs, toUs);
  drawQuorums(
    group,
    quorums.length > TOKENS_MAX
      ? []
      : quorums.map((quorum) => besideVotes(quorum, votes, geometry)),
    geometry,
    player,
  );
}

/** A vote and the quorum that it makes come at one instant: there the quorum stands behind the token. */
function besideVotes(
  quorum: QuorumMark,
  votes: readonly VoteMark[],
  geometry: Geometry,
): QuorumMark {
  const hidden = votes.some(
    (vote) => vote.sid === quorum.sid && Math.abs(vote.atUs - quorum.atUs) * geometry.pxPerUs < 10,
  );
  return hidden ? { ...quorum, atUs: quorum.atUs + 14 / geometry.pxPerUs } : quorum;
}

function drawResets(group: Group, resets: readonly ResetMark[], geometry: Geometry): void {
  group
    .selectAll<SVGPathElement, ResetMark>("path.reset")
    .data(resets.filter((reset) => reset.atUs - reset.crashUs < RESET_MAX_US))
    .join("path")
    .attr("class", "reset")
    .attr("d", (reset) =>
      linePath(
        place(geometry, reset.crashUs, laneOf(geometry, reset.peer) ?? 0),
        place(geometry, reset.atUs, laneOf(geometry, reset.sid) ?? 0),
      ),
    );
}

function drawTimers(group: Group, timers: readonly TimerSpan[], geometry: Geometry): void {
  const wide = timers.filter(
    (timer) => along(geometry, timer.toUs) - along(geometry, timer.fromUs) > 14,
  );
  group
    .selectAll<SVGPathElement, TimerSpan>("path.timer")
    .data(wide)
    .join("path")
    .attr("class", "timer")
    .attr("d", (timer) => bracketPath(timer, geometry));
  const named = geometry.vertical
    ? []
    : longestOfEach(wide).filter((timer) => roomFor(timer, geometry));
  group
    .selectAll<SVGTextElement, TimerSpan>("text.timer-word")
    .data(named)
    .join("text")
    .attr("class", "timer-word label quiet")
    .attr("x", (timer) => along(geometry, timer.fromUs) + 8)
    .attr("y", (timer) => (laneOf(geometry, timer.sid) ?? 0) - 18)
    .text(timerText);
}

function bracketPath(timer: TimerSpan, geometry: Geometry): string {
  const across = laneOf(geometry, timer.sid) ?? 0;
  const from = along(geometry, timer.fromUs);
  const to = along(geometry, timer.toUs);
  const end = timer.fired ? 5 : 0;
  return geometry.vertical
    ? `M${px(across + 8)} ${px(from)}h5V${px(to)}h-${end}`
    : `M${px(from)} ${across - 8}v-5H${px(to)}v${end}`;
}

function timerText(timer: TimerSpan): string {
  return `${timerWord(timer.code)} ${timer.ms} ms`;
}

function roomFor(timer: TimerSpan, geometry: Geometry): boolean {
  const width = along(geometry, timer.toUs) - along(geometry, timer.fromUs);
  return textWidth(timerText(timer), 12) + 16 < width;
}

/** Of timers that repeat, the longest of a server carries the words. */
function longestOfEach(timers: readonly TimerSpan[]): TimerSpan[] {
  const longest = new Map<string, TimerSpan>();
  for (const timer of timers) {
    const key = `${timer.sid} ${timer.code}`;
    const known = longest.get(key);
    if (known === undefined || timer.toUs - timer.fromUs > known.toUs - known.fromUs) {
      longest.set(key, timer);
    }
  }
  return [...longest.values()];
}

/** `P 11` under the leader's lane, above it where a wall stands, and nowhere if it ran into the one before. */
function drawProposals(
  group: Group,
  story: Story,
  geometry: Geometry,
  fromUs: number,
  toUs: number,
): void {
  const proposals = marksIn(story.proposals, fromUs, toUs);
  let free = -Infinity;
  const shown =
    geometry.vertical || proposals.length > TOKENS_MAX
      ? []
      : proposals.filter((mark) => {
          const x = along(geometry, mark.atUs);
          if (x < free) return false;
          free = x + textWidth(counterText(mark.zxid), 12) + 30;
          return true;
        });
  const walls = story.faults.filter(
    ({ kind, to }) => kind === "wall" && to.some((peer) => peer > 0),
  );
  const isWalled = ({ sid, atUs }: ZxidMark): boolean =>
    walls.some((wall) => wall.sid === sid && wall.fromUs <= atUs && wall.toUs >= atUs);
  group
    .selectAll<SVGTextElement, ZxidMark>("text.proposal")
    .data(shown, (mark) => mark.row)
    .join("text")
    .attr("class", "proposal mono label strong blue halo")
    .attr("text-anchor", "middle")
    .attr("x", (mark) => along(geometry, mark.atUs))
    .attr("y", (mark) => (laneOf(geometry, mark.sid) ?? 0) + (isWalled(mark) ? -12 : 25))
    .text((mark) => `P ${counterText(mark.zxid)}`);
}

function drawVotes(
  group: Group,
  votes: readonly VoteMark[],
  geometry: Geometry,
  player: Player,
): void {
  group
    .selectAll<SVGGElement, VoteMark>("g.vote-token")
    .data(votes, (vote) => vote.row)
    .join((enter) => {
      const token = enter.append("g").attr("class", "vote-token pickable");
      token.append("circle").attr("class", "target").attr("r", 12);
      token.append("rect").attr("y", -8).attr("height", 16).attr("rx", 8);
      token.append("text").attr("dy", "0.35em");
      token.append("title");
      return token.on("click", (event: MouseEvent, vote) => {
        event.stopPropagation();
        player.select({ row: vote.row });
      });
    })
    .attr("data-row", (vote) => vote.row)
    .attr("transform", (vote) =>
      translate(place(geometry, vote.atUs, laneOf(geometry, vote.sid) ?? 0)),
    )
    .call((token) => token.select("text").text((vote) => vote.leader))
    .call((token) =>
      token
        .select("rect")
        .attr("x", (vote) => -tokenWidth(vote) / 2)
        .attr("width", tokenWidth),
    )
    .call((token) =>
      token.select("title").text((vote) => `server ${vote.sid} votes for ${vote.leader}`),
    );
}

/** Round for one digit, longer for more. */
function tokenWidth(vote: VoteMark): number {
  return 16 + (String(vote.leader).length - 1) * 7;
}

function drawQuorums(
  group: Group,
  quorums: readonly QuorumMark[],
  geometry: Geometry,
  player: Player,
): void {
  group
    .selectAll<SVGPathElement, QuorumMark>("path.quorum")
    .data(quorums, (quorum) => quorum.row)
    .join("path")
    .attr("class", "quorum pickable")
    .attr("d", (quorum) => diamondPath(quorum.sid === quorum.leader ? 9 : 6))
    .attr("transform", (quorum) =>
      translate(place(geometry, quorum.atUs, laneOf(geometry, quorum.sid) ?? 0)),
    )
    .on("click", (event: MouseEvent, quorum) => {
      event.stopPropagation();
      player.select({ row: quorum.row });
    });
  const own = quorums.filter((quorum) => quorum.sid === quorum.leader);
  group
    .selectAll<SVGTextElement, QuorumMark>("text.quorum-word")
    .data(own, (quorum) => quorum.row)
    .join("text")
    .attr("class", "quorum-word label strong halo")
    .style("font-size", "14px")
    .attr("text-anchor", geometry.vertical ? "end" : "start")
    .attr(
      "x",
      (quorum) =>
        place(geometry, quorum.atUs, laneOf(geometry, quorum.sid) ?? 0)[0] +
        (geometry.vertical ? -12 : 12),
    )
    .attr("y", (quorum) => place(geometry, quorum.atUs, laneOf(geometry, quorum.sid) ?? 0)[1] + 22)
    .text((quorum) => `quorum ${listText(quorum.voters).replace(" and", ",")}`);
}
