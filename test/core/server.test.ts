import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { ServerEffect } from "../../core/effect.ts";
import type { ServerEvent, TimerName } from "../../core/event.ts";
import { step } from "../../core/server.ts";
import { z } from "../support/effect-text.ts";
import { boot, configOf, forget, saidBy, tell, type Machine } from "../support/machine.ts";
import { ballot, elected, following, joining, leading, looking } from "../support/roles.ts";
import { txnOf } from "../support/txn-run.ts";

/** A server in each of its states. */
const STATES: readonly (readonly [string, () => Machine])[] = [
  ["new", () => boot(configOf(1))],
  ["LOOKING", () => looking(2)],
  ["joining", () => joining()],
  ["FOLLOWING", () => following()],
  ["OBSERVING", () => following({ observers: 1 }, 4)],
  ["elected", () => elected()],
  ["LEADING", () => leading().machine],
];

const TIMERS: readonly TimerName[] = [
  "electionConnect",
  "hello",
  "learnerRetry",
  "learnerConnect",
  "learnerSilence",
  "clientSilence",
];

const STRAYS: readonly (readonly [string, ServerEvent])[] = [
  ["a packet on a connection of the past", received({ kind: "ACK", zxid: z(1, 1) })],
  ["a proposal on a connection of the past", received({ kind: "PROPOSAL", txn: txnOf(2, 1) })],
  ["a vote on a connection of the past", received(ballot(3, { round: 99, epoch: 99 }))],
  ["an initial message of nobody", received({ kind: "hello", sid: 3, address: "s3:3888" })],
  [
    "a request on a connection of the past",
    received({ kind: "request", xid: 1, op: { kind: "ping" } }),
  ],
  ["the end of a connection of the past", { kind: "disconnected", conn: 4711 }],
  ["a connection that nobody opened", { kind: "connected", conn: 4711 }],
  ["an answer that nobody waits for", { kind: "synced", ticket: 4711 }],
  ["files that nobody asked for", { kind: "listed", ticket: 4711, files: [] }],
  ["contents that nobody asked for", { kind: "read", ticket: 4711, files: [] }],
  ["a turn of a handler that is gone", { kind: "woke", thread: "handler", of: 4711 }],
  ["a turn of the logger without work", { kind: "woke", thread: "logger", of: 0 }],
  ["a turn of the commit thread without work", { kind: "woke", thread: "commit", of: 0 }],
  ["a turn of the validation without work", { kind: "woke", thread: "prep", of: 0 }],
  ["a turn of the snapshot without work", { kind: "woke", thread: "snapshot", of: 0 }],
  ...TIMERS.map((timer): [string, ServerEvent] => [
    `the ${timer} timer of the past`,
    { kind: "fired", timer, of: 4711 },
  ]),
];

describe.each(STATES)("a server that is %s", (_, make) => {
  test.each(STRAYS)("%s changes nothing", (__, event) => {
    const machine = make();
    forget(machine);
    const before = describeServer(machine);

    tell(machine, event);

    expect(saidBy(machine)).toEqual([]);
    expect(describeServer(machine)).toEqual(before);
  });
});

const anyEvent: fc.Arbitrary<ServerEvent> = fc.oneof(
  fc.constantFrom(...STRAYS.map(([, event]) => event)),
  fc
    .constantFrom<TimerName>("notification", "finalize", "halfTick", "leaderSilence", "expire")
    .map((timer): ServerEvent => ({ kind: "fired", timer, of: 0 })),
  fc
    .record({ leader: fc.integer({ min: 1, max: 3 }), round: fc.integer({ min: 1, max: 9 }) })
    .map(({ leader, round }): ServerEvent => ({
      kind: "received",
      conn: 1,
      message: ballot(leader, { round }),
    })),
  fc.constantFrom<ServerEvent>(
    { kind: "accepted", port: "quorum", conn: -900, from: "x" },
    { kind: "accepted", port: "client", conn: -901, from: "x" },
    { kind: "accepted", port: "election", conn: -902, from: "x" },
  ),
);

// A checkpoint is a clone: whatever happens to both, they do the same, and neither knows of the other.
test("a clone of a server goes on as the server itself does", () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...STATES),
      fc.array(fc.record({ event: anyEvent, afterMs: fc.nat(300) }), { maxLength: 20 }),
      ([, make], events) => {
        const { server, nowMs } = make();
        const clone = structuredClone(server);
        const untouched = structuredClone(server);
        let atMs = nowMs;
        for (const { event, afterMs } of events) {
          atMs += afterMs;
          const one: ServerEffect[] = [];
          const other: ServerEffect[] = [];
          step(server, event, atMs, one);
          step(clone, event, atMs, other);
          expect(other).toEqual(one);
        }
        expect(clone).toEqual(server);
        const { server: again } = make();
        expect(untouched).toEqual(again);
      },
    ),
    { numRuns: 60 },
  );
});

/** All that a stray event might have moved, without the clock. */
function describeServer({ server }: Machine): unknown {
  return { ...structuredClone(server), nowMs: 0 };
}

function received(message: Extract<ServerEvent, { kind: "received" }>["message"]): ServerEvent {
  return { kind: "received", conn: 4711, message };
}
