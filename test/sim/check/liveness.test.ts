import { expect, test } from "vitest";
import type { ServerConfig } from "../../../core/config.ts";
import { verdicts } from "../../../sim/check/checks.ts";
import {
  checkAtEnd,
  leaderBoundMs,
  votersBoundMs,
  writesBoundMs,
  type RunEnd,
} from "../../../sim/check/liveness.ts";
import { brokenIn, configOf, ensembleOf } from "../../support/check-ensemble.ts";

const config: ServerConfig = configOf(3);
const QUIET_SINCE_US = 5_000_000;

type Shown = Omit<RunEnd["servers"][number], "sid">;
const leading: Shown = { connected: true, state: "LEADING", phase: "BROADCAST" };
const following: Shown = { connected: true, state: "FOLLOWING", phase: "BROADCAST" };
const looking: Shown = { connected: true, state: "LOOKING", phase: "ELECTION" };
const syncing: Shown = { connected: true, state: "FOLLOWING", phase: "SYNCHRONIZATION" };
const gone: Shown = { connected: false, state: "LOOKING", phase: "ELECTION" };

/** What is violated when a run ends like this, `quietMs` after its last fault. */
function endsWith(quietMs: number, servers: readonly Shown[], sinceUs?: number): string[] {
  const ensemble = ensembleOf(3);
  checkAtEnd(ensemble.checks, {
    atUs: QUIET_SINCE_US + quietMs * 1000,
    quietSinceUs: QUIET_SINCE_US,
    config,
    servers: servers.map((shown, index) => ({ sid: index + 1, ...shown })),
    waitingWrites: sinceUs === undefined ? [] : [{ client: 1, sinceUs }],
  });
  return brokenIn(ensemble);
}

test("the bounds are what they are said to be", () => {
  expect(leaderBoundMs(config)).toBe(6 * 200 + 5000 + 60_000 + 200 + 3 * 10 * 200);
  expect(votersBoundMs(config)).toBe(leaderBoundMs(config) + 10 * 200);
  expect(writesBoundMs(config)).toBe(votersBoundMs(config) + 4000);
});

test("L1: nobody leads when the bound is over, and not a moment before", () => {
  const bound = leaderBoundMs(config);
  expect(endsWith(bound, [looking, looking, looking])).toEqual(["L1"]);
  expect(endsWith(bound - 1, [looking, looking, looking])).toEqual([]);
});

test("L1: a leader that cannot talk to a quorum is none, and without a quorum none is asked for", () => {
  const bound = leaderBoundMs(config);
  expect(endsWith(bound, [looking, looking, { ...leading, connected: false }])).toEqual(["L1"]);
  expect(endsWith(bound, [looking, gone, gone])).toEqual([]);
});

test("L2: a connected voter that is not in BROADCAST in time", () => {
  const bound = votersBoundMs(config);
  expect(endsWith(bound, [syncing, following, leading])).toEqual(["L2"]);
  expect(endsWith(bound, [gone, following, leading])).toEqual([]);
  expect(endsWith(bound - 1, [syncing, following, leading])).toEqual([]);
});

test("L3: a write that is tried for longer than the bound, counted from when it could have worked", () => {
  const bound = writesBoundMs(config);
  const servers = [following, following, leading];
  expect(endsWith(bound, servers, 0)).toEqual(["L3"]);
  expect(endsWith(bound, servers, QUIET_SINCE_US + 1000)).toEqual([]);
});

test("a run that ends early, or without a quorum, is not judged", () => {
  const judged = (quietMs: number): boolean => {
    const { checks } = ensembleOf(3);
    const atUs = QUIET_SINCE_US + quietMs * 1000;
    const servers = [1, 2, 3].map((sid) => ({ sid, ...following }));
    checkAtEnd(checks, { atUs, quietSinceUs: QUIET_SINCE_US, config, servers, waitingWrites: [] });
    return verdicts(checks).find(({ id }) => id === "L1")!.judged;
  };
  expect(judged(leaderBoundMs(config))).toBe(true);
  expect(judged(leaderBoundMs(config) - 1)).toBe(false);
});
