import { marksIn, type ElectionSpan, type EpochSpan, type Story } from "./story.ts";

/** Where a run is opened when nobody asked for an instant. */
export type Opening = {
  readonly atUs: number;
  /** How much time the field shows; null leaves that to the field. */
  readonly spanUs: number | null;
  /** The row that is explained at once. */
  readonly row: number | null;
};

/** How far before a quorum the first of its votes is looked for. */
const VOTES_US = 500_000;
/** What led to the first vote is shown as well. */
const BEFORE_US = 40_000;
const STRAGGLERS_US = 30_000;

/**
 * The most telling moment of a run: its first violation; else the end of the election that followed the
 * loss of a leader, or of the first one, with the vote that made the quorum picked.
 */
export function openingOf(story: Story): Opening {
  const violation = story.violations[0];
  if (violation !== undefined) return { atUs: violation.atUs, spanUs: null, row: violation.row };
  const decided = story.epochs.flatMap((epoch): Decided[] => {
    const election = story.elections.find((each) => each.toUs === epoch.fromUs);
    return election === undefined ? [] : [{ election, epoch }];
  });
  const told = decided.find(({ election }) => election.fromUs > 0) ?? decided[0];
  return told === undefined ? { atUs: 0, spanUs: null, row: null } : endOf(story, told);
}

type Decided = { readonly election: ElectionSpan; readonly epoch: EpochSpan };

function endOf(story: Story, { election, epoch }: Decided): Opening {
  const { leader } = epoch;
  const quorum = marksIn(story.quorums, election.fromUs, election.toUs).findLast(
    (each) => each.sid === leader && each.leader === leader,
  );
  if (quorum === undefined) return { atUs: epoch.fromUs, spanUs: null, row: null };
  const atUs = decidedUs(story, epoch, quorum.voters.length) ?? epoch.fromUs;
  const votes = marksIn(story.votes, quorum.atUs - VOTES_US, quorum.atUs);
  const beginUs = Math.max(election.fromUs, (votes[0]?.atUs ?? quorum.atUs) - BEFORE_US);
  const vote = votes.findLast((each) => each.leader === leader && each.sid !== leader);
  return { atUs, spanUs: (atUs - beginUs) * 1.6, row: vote?.row ?? null };
}

/** When as many as make a quorum led or followed, and who decided a moment later as well; that the epoch is established comes later. */
function decidedUs(story: Story, { leader, fromUs }: EpochSpan, quorum: number): number | null {
  const since: number[] = [];
  for (const spans of story.lanes.values()) {
    let sinceUs: number | null = null;
    for (const span of spans) {
      if (span.fromUs > fromUs) break;
      sinceUs = span.leader === leader && span.life === "running" ? (sinceUs ?? span.fromUs) : null;
    }
    if (sinceUs !== null) since.push(sinceUs);
  }
  since.sort((a, b) => a - b);
  const decided = since[quorum - 1];
  return decided === undefined
    ? null
    : (since.findLast((us) => us < decided + STRAGGLERS_US) ?? decided);
}
