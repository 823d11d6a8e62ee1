import { expect, test } from "vitest";
import type { DeliveryInput, ScenarioInput } from "../../../runner/scenario/input.ts";
import { chooseDeliveries } from "../../../runner/shrink/cut-deliveries.ts";
import type { Search } from "../../../runner/shrink/search.ts";

const SLOW: ScenarioInput = {
  name: "late",
  title: "Two messages are late",
  seed: "1",
  ensemble: { servers: 3 },
  network: "slow-tail",
  until: "1s",
};
const ALL: readonly DeliveryInput[] = Array.from({ length: 40 }, (_, index) => ({
  message: index % 2 === 0 ? "PROPOSAL" : "ACK",
  nth: 1 + Math.floor(index / 2),
  from: 1,
  to: 2,
  port: "quorum of 1",
  connection: 1,
  takes: `${201 + 997 * index}us`,
}));

function searchFor(needed: (kept: readonly DeliveryInput[]) => boolean): Search {
  return {
    best: SLOW,
    judge: ({ network, deliveries = [] }) => ({
      events: 1,
      failedAtMs: network === "slow-tail" || needed(deliveries) ? 900 : null,
    }),
    callsOf: () => new Map(),
    deliveriesOf: () => ALL,
    endsAtFailure: true,
    tried: new Set(),
    runs: 0,
    events: 0,
    eventsMax: 10_000,
    isStopped: () => false,
  };
}

function takesMs(deliveries: readonly DeliveryInput[], message: string, nth: number): number {
  const found = deliveries.find((each) => each.message === message && each.nth === nth);
  if (found === undefined) return 0;
  return Number.parseFloat(found.takes) / (found.takes.endsWith("us") ? 1000 : 1);
}

test("a slow network becomes the two messages that have to be late, by round times", () => {
  const search = searchFor(
    (kept) => takesMs(kept, "PROPOSAL", 4) >= 5 && takesMs(kept, "ACK", 11) >= 18,
  );

  chooseDeliveries(search);

  expect(search.best.network).toBe("instant");
  expect(search.best.deliveries?.map(({ message, nth, takes }) => [message, nth, takes])).toEqual([
    ["PROPOSAL", 4, "10ms"],
    ["ACK", 11, "20ms"],
  ]);
});

test("a slow network stays where more messages have to be late than anybody would read", () => {
  const search = searchFor((kept) => kept.length > 20);

  chooseDeliveries(search);

  expect(search.best).toBe(SLOW);
});
