import { writesBoundMs } from "../../sim/check/liveness.ts";
import { integer, oneIn, openStream, pick, type Stream } from "../../sim/kernel/stream.ts";
import { ensembleOf } from "../scenario/ensemble.ts";
import type { EnsembleInput, HistoryInput, ScenarioInput } from "../scenario/input.ts";
import { drawClients } from "./draw-clients.ts";
import { drawFaults } from "./draw-faults.ts";
import { ms } from "./faults/fault-draw.ts";

/** A run that a hunt has drawn: a scenario with its faults spelled out as steps. */
export type HuntCase = {
  readonly input: ScenarioInput;
  /** ms; from here on nothing new happens, and everything is up and connected. */
  readonly quietMs: number;
};

/** ms from an ensemble's start to its first fault at most, so that some strike the very first election. */
const FIRST_FAULT_MS = 2000;

/**
 * The general swarm: ensemble, times, disks, clients and faults, all from one seed. Short runs of few servers and few
 * writes, as every known bug of the synchronization phase needs no more than that.
 */
export function drawCase(seed: string): HuntCase {
  const dice = openStream(seed, "hunt ensemble");
  const ensemble = drawEnsemble(dice);
  const quietMs = integer(dice, 3000, 12_000);
  const history = oneIn(dice, 6) ? drawHistory(dice, ensemble) : undefined;
  const draft: ScenarioInput = {
    name: `hunt-${seed}`,
    title: `Drawn from seed ${seed}`,
    seed,
    ensemble,
    ...(history === undefined ? {} : { history }),
    network: pick(dice, ["lan", "lan", "slow-tail"]),
    disk: pick(dice, ["ssd", "ssd", "instant", "hdd", "slow-tail"]),
    clients: drawClients(openStream(seed, "hunt clients"), ensemble, quietMs),
    until: ms(quietMs),
  };
  return withFaults(draft, seed, integer(dice, 0, FIRST_FAULT_MS), quietMs);
}

/** A scenario's own ensemble, disks and clients with random faults in place of what it says should happen. */
export function drawFaultsFor(scenario: ScenarioInput, seed: string, untilMs: number): HuntCase {
  const clients = (scenario.clients ?? []).map((client) =>
    client.do !== undefined || client.watch !== undefined || client.until !== undefined
      ? client
      : { ...client, until: ms(untilMs) },
  );
  const kept: ScenarioInput = { ...scenario, seed, clients };
  delete kept.faults;
  delete kept.expect;
  return withFaults(kept, seed, 0, untilMs);
}

/** Adds faults up to the quiet time, and the time that the ensemble then has to recover. */
function withFaults(draft: ScenarioInput, seed: string, fromMs: number, quietMs: number): HuntCase {
  const [first, ...others] = ensembleOf(draft.ensemble);
  if (first === undefined) throw new Error("an ensemble has at least one server");
  const { voters } = first.quorum;
  const observers = [first, ...others].map(({ sid }) => sid).filter((sid) => !voters.includes(sid));
  const steps = drawFaults(openStream(seed, "hunt faults"), {
    voters,
    observers,
    fromMs: Math.min(fromMs, quietMs),
    untilMs: quietMs,
  });
  const untilMs = quietMs + SETTLE_MS + writesBoundMs(first);
  return {
    quietMs,
    input: {
      ...draft,
      clients: [...(draft.clients ?? []), witness(quietMs)],
      steps,
      until: ms(untilMs),
      maxEvents: EVENTS_MAX,
    },
  };
}

/** ms between the last step and the first try of the witness's write. */
const SETTLE_MS = 1000;
/** More than twenty times what a drawn run takes: an ensemble that talks so much makes no progress. */
const EVENTS_MAX = 1_000_000;

/** Somebody who writes once everything is quiet, and does not give up: progress that the liveness checks can demand. */
function witness(quietMs: number): NonNullable<ScenarioInput["clients"]>[number] {
  return {
    name: "witness",
    do: [{ at: ms(quietMs), do: "create", path: "/witness", retries: 1000 }],
  };
}

function drawEnsemble(dice: Stream): EnsembleInput {
  const servers = pick(dice, [3, 3, 3, 3, 3, 3, 3, 5]);
  const observers = oneIn(dice, 8) ? integer(dice, 1, 2) : 0;
  return {
    servers,
    ...(observers === 0 ? {} : { observers }),
    tickMs: pick(dice, [50, 100, 100, 200]),
    initLimit: integer(dice, 5, 10),
    syncLimit: integer(dice, 2, 5),
    // Few, so that a server that was away is brought up to date from memory, from its leader's log and by a snapshot.
    ...(oneIn(dice, 2) ? { snapCount: integer(dice, 2, 30) } : {}),
    ...(oneIn(dice, 2) ? { commitLogCount: integer(dice, 1, 30) } : {}),
  };
}

/**
 * Disks that are not empty: a history that all share, one server that is behind or has never run, and one that logged
 * something alone.
 */
function drawHistory(dice: Stream, ensemble: EnsembleInput): Record<string, HistoryInput> {
  const servers = ensemble.servers ?? 3;
  const epoch = integer(dice, 1, 3);
  const counter = integer(dice, 1, 20);
  const history: Record<string, HistoryInput> = {};
  const behind = oneIn(dice, 2) ? integer(dice, 1, servers) : 0;
  const ahead = oneIn(dice, 3) ? integer(dice, 1, servers) : 0;
  for (let sid = 1; sid <= servers; sid++) {
    const isNew = sid === behind && oneIn(dice, 2);
    if (isNew) continue;
    const own =
      sid === behind
        ? integer(dice, 1, counter)
        : counter + (sid === ahead ? integer(dice, 1, 3) : 0);
    history[String(sid)] = { zxid: zxidText(epoch, own) };
  }
  return history;
}

function zxidText(epoch: number, counter: number): string {
  return `0x${epoch.toString(16)}${counter.toString(16).padStart(8, "0")}`;
}
