import { expect, test } from "vitest";
import { addRow } from "../../../sim/trace/columns.ts";
import {
  LinkFaultCode,
  MessageCode,
  PhaseCode,
  RowKind,
  StateCode,
  TimerCode,
} from "../../../sim/trace/row.ts";
import { viewAfter } from "../../../sim/trace/seek.ts";
import { createTrace, internText, type Trace } from "../../../sim/trace/trace.ts";
import type { View } from "../../../sim/trace/view.ts";
import { SAMPLE_HEADER } from "../../support/sample-trace.ts";

type Told = { who?: number; peer?: number; zxid?: bigint; a?: number; b?: number; c?: number };

function tell(...rows: readonly (readonly [number, Told & { link?: number }])[]): View {
  const trace = createTrace(SAMPLE_HEADER);
  rows.forEach(([kind, told], turn) => add(trace, turn, kind, told));
  return viewAfter(trace, trace.columns.rows);
}

function add(trace: Trace, turn: number, kind: number, told: Told & { link?: number }): void {
  const { who = 1, peer = 0, zxid = 0n, a = 0, b = 0, c = 0, link = 0 } = told;
  addRow(trace.columns, turn, turn * 1000, kind, who, peer, zxid, a, b, c, link);
}

const leads = { peer: 1, a: StateCode.LEADING, b: PhaseCode.BROADCAST, c: 1 };

test("a transaction goes from logged to durable to acknowledged to committed to applied", () => {
  const view = tell(
    [RowKind.started, {}],
    [RowKind.logged, { zxid: 5n }],
    [RowKind.synced, { zxid: 5n }],
    [RowKind.sent, { peer: 3, a: MessageCode.ACK, zxid: 5n, link: 1 }],
    [RowKind.committed, { who: 3, zxid: 5n }],
    [RowKind.applied, { zxid: 5n }],
  );

  expect(view.servers[0]?.log).toEqual([
    { zxid: 5n, synced: true, acked: true, committed: true, applied: true, lost: false },
  ]);
  expect(view.committed).toBe(5n);
});

test("a commit that overtakes the own disk shows as applied once it is logged", () => {
  const view = tell(
    [RowKind.logged, { who: 3, zxid: 5n }],
    [RowKind.committed, { who: 3, zxid: 5n }],
    [RowKind.applied, { zxid: 5n }],
    [RowKind.logged, { zxid: 5n }],
  );

  expect(view.servers[0]?.log[0]).toMatchObject({ applied: true, committed: true, synced: false });
});

test("a leader acknowledges to itself when its own log is durable", () => {
  const view = tell(
    [RowKind.state, leads],
    [RowKind.logged, { zxid: 5n }],
    [RowKind.synced, { zxid: 5n }],
  );

  expect(view.servers[0]?.log[0]).toMatchObject({ synced: true, acked: true, committed: false });
});

test("a commit of a later epoch does not commit an old leader's orphan", () => {
  const orphan = 0x1_0000_0009n;
  const view = tell(
    [RowKind.logged, { who: 5, zxid: orphan }],
    [RowKind.logged, { who: 1, zxid: 0x2_0000_0001n }],
    [RowKind.committed, { who: 1, zxid: 0x2_0000_0001n }],
  );

  expect(view.servers[4]?.log[0]?.committed).toBe(false);
});

test("the history of an established leader is committed wherever it is logged", () => {
  const view = tell(
    [RowKind.logged, { who: 1, zxid: 7n }],
    [RowKind.logged, { who: 2, zxid: 7n }],
    [RowKind.established, { who: 1, a: 2 }],
    [RowKind.logged, { who: 3, zxid: 7n }],
  );

  expect(view.servers.slice(0, 3).map((server) => server.log[0]?.committed)).toEqual([
    true,
    true,
    true,
  ]);
});

test("a power loss marks what was not durable, and reading the log back removes it", () => {
  const before = [
    [RowKind.logged, { zxid: 1n }],
    [RowKind.synced, { zxid: 1n }],
    [RowKind.logged, { zxid: 2n }],
    [RowKind.crashed, { a: 1 }],
  ] as const;

  const crashed = tell(...before).servers[0];
  const restarted = tell(...before, [RowKind.started, {}], [RowKind.recovered, { zxid: 1n }]);

  expect(crashed?.log.map((cell) => cell.lost)).toEqual([false, true]);
  expect(restarted.servers[0]?.log.map((cell) => cell.zxid)).toEqual([1n]);
  expect(restarted.servers[0]).toMatchObject({ logged: 1n, synced: 1n, life: "running" });
});

test("a truncation leaves nothing above its zxid, a snapshot nothing at all", () => {
  const logged = [1n, 2n, 3n].map((zxid) => [RowKind.logged, { zxid }] as const);

  expect(tell(...logged, [RowKind.truncated, { zxid: 1n }]).servers[0]?.logged).toBe(1n);
  expect(tell(...logged, [RowKind.snapped, { zxid: 9n }]).servers[0]).toMatchObject({
    log: [],
    base: 9n,
    applied: 9n,
  });
});

test("a crash forgets what was in memory and keeps what was on disk", () => {
  const view = tell(
    [RowKind.started, {}],
    [RowKind.epochs, { a: 4, b: 3 }],
    [RowKind.vote, { peer: 2, zxid: 9n, a: 7, b: 3 }],
    [RowKind.armed, { a: TimerCode.finalize, b: 200 }],
    [RowKind.crashed, {}],
  );

  expect(view.servers[0]).toMatchObject({
    life: "crashed",
    acceptedEpoch: 4,
    currentEpoch: 3,
    round: 0,
    timers: [],
    vote: { leader: -1 },
  });
});

test("a message is in flight from sent to heard or lost, and held while a wall stops it", () => {
  const sent = [RowKind.sent, { peer: 2, a: MessageCode.PING, link: 1 }] as const;

  expect(tell(sent).inFlight.get(1)).toMatchObject({ from: 1, to: 2, held: false });
  expect(tell(sent, [RowKind.held, { peer: 2, link: 1 }]).inFlight.get(1)?.held).toBe(true);
  expect(tell(sent, [RowKind.heard, { who: 2, peer: 1, link: 1 }]).inFlight.size).toBe(0);
  expect(tell(sent, [RowKind.lost, { peer: 2, link: 1 }]).inFlight.size).toBe(0);
});

test("a wall is directed and stands until it is healed", () => {
  const walled = [RowKind.walled, { who: 1, peer: 2 }] as const;

  expect(tell(walled).walls).toEqual([{ from: 1, to: 2, sinceUs: 0 }]);
  expect(tell(walled, [RowKind.healed, { who: 2, peer: 1 }]).walls).toHaveLength(1);
  expect(tell(walled, [RowKind.healed, { who: 1, peer: 2 }]).walls).toEqual([]);
});

test("a fault on a link is directed, lasts until it ends, and is there twice at no time", () => {
  const held = { who: -1, peer: 2, a: LinkFaultCode.held } as const;
  const began = [RowKind.linkFaulted, held] as const;
  const view = { code: LinkFaultCode.held, from: -1, to: 2, measure: 0, sinceUs: 0 };

  expect(tell(began).linkFaults).toEqual([view]);
  expect(tell(began, began).linkFaults).toHaveLength(1);
  expect(tell(began, [RowKind.linkMended, { ...held, peer: 3 }]).linkFaults).toHaveLength(1);
  expect(tell(began, [RowKind.linkMended, held]).linkFaults).toEqual([]);
  expect(tell([RowKind.linkFaulted, { ...held, a: LinkFaultCode.reset, c: 1 }]).linkFaults).toEqual(
    [],
  );
});

test("an operation is pending from invoked to returned", () => {
  const invoked = [RowKind.invoked, { who: -2, peer: 1, a: 5, b: 9 }] as const;

  expect(tell(invoked).clients[1]?.pending).toMatchObject([{ operation: 9, code: 5 }]);
  expect(tell(invoked, [RowKind.returned, { who: -2, b: 9 }]).clients[1]?.pending).toEqual([]);
});

test("the first violation stays in view", () => {
  const trace = createTrace(SAMPLE_HEADER);
  add(trace, 0, RowKind.violated, { link: internText(trace.texts, "agreement: 1 and 2 differ") });
  add(trace, 1, RowKind.violated, { link: internText(trace.texts, "another") });

  expect(viewAfter(trace, 2).violation).toBe("agreement: 1 and 2 differ");
});
