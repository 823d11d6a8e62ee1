import { deliveryOf } from "../scenario/deliveries.ts";
import { formatDuration, parseDurationUs } from "../scenario/duration.ts";
import type { DeliveryInput, ScenarioInput } from "../scenario/input.ts";
import { scenarioOf } from "../scenario/parse.ts";
import { advanceRun, beginRun } from "../simulate.ts";
import { ddmin } from "./ddmin.ts";
import { isSpent, tryCase, type Search } from "./search.ts";

/** More than so many are no simpler than a network whose character they come from. */
const DELIVERIES_MAX = 12;
/** µs to whose multiples times are rounded, the simplest first. */
const ROUND_US = [1_000_000, 100_000, 10_000, 1000, 100] as const;

/**
 * Where no network without latency will do: one, and the few messages that must take their time. All of them take first
 * what they took, and then as many as can go back to none.
 */
export function chooseDeliveries(search: Search): void {
  const from = search.best;
  if (from.network === "instant" || from.deliveries !== undefined || isSpent(search)) return;
  const all = search.deliveriesOf(from);
  const withThese = (deliveries: readonly DeliveryInput[]): ScenarioInput => ({
    ...from,
    network: "instant",
    deliveries: [...deliveries],
  });
  if (!tryCase(search, withThese(all))) return;
  const kept = ddmin(all, (some) => tryCase(search, withThese(some)));
  if (kept.length > DELIVERIES_MAX) {
    search.best = from;
    return;
  }
  for (const index of kept.keys()) roundDelivery(search, index);
}

function roundDelivery(search: Search, index: number): void {
  const { deliveries = [] } = search.best;
  const delivery = deliveries[index];
  if (delivery === undefined) return;
  const tookUs = parseDurationUs(delivery.takes) ?? 0;
  for (const grainUs of ROUND_US) {
    if (grainUs > 2 * tookUs) continue;
    const roundUs = Math.max(grainUs, Math.round(tookUs / grainUs) * grainUs);
    const changed = { ...delivery, takes: formatDuration(roundUs) };
    if (changed.takes === delivery.takes) return;
    if (tryCase(search, { ...search.best, deliveries: deliveries.with(index, changed) })) return;
  }
}

/** What each message of a case took, signals too, as a scenario names them. */
export function deliveriesIn(
  input: ScenarioInput,
  defects: readonly string[],
): readonly DeliveryInput[] {
  const scenario = scenarioOf(input);
  const run = beginRun(scenario, { defects });
  const deliveries: DeliveryInput[] = [];
  run.cluster.network.timing.value = (way, lane, nth, tookUs) => {
    const delivery = deliveryOf(scenario.servers, way, lane, nth);
    if (delivery !== null) deliveries.push({ ...delivery, takes: formatDuration(tookUs) });
  };
  advanceRun(run, run.untilUs);
  return deliveries;
}
