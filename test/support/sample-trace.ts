import { MessageCode, RowKind, SessionCode } from "../../sim/trace/row.ts";
import { markHash, type Trace } from "../../sim/trace/trace.ts";
import type { TraceHeader } from "../../sim/trace/view.ts";
import {
  at,
  crashServer,
  createWorld,
  heal,
  read,
  row,
  runWorld,
  startServer,
  textRow,
  wall,
  write,
  type SampleWorld,
} from "./sample-world.ts";

export const SAMPLE_HEADER: TraceHeader = {
  format: 1,
  version: "0.1.0",
  scenario: {
    name: "leader-crash",
    title: "The leader crashes",
    text: "title: The leader crashes\nensemble: { servers: 5 }\n",
  },
  seed: "42",
  defects: [],
  servers: [1, 2, 3, 4, 5].map((sid) => ({ sid, role: "participant" })),
  clients: ["a", "b", "c"],
  quorum: 3,
};

/** Thirty seconds of five servers: two elections, a wall, a crash, a slow link, a restart; and a violation, if asked for. */
export function makeSampleTrace(violation: string | null = null): Trace {
  const world = createWorld(SAMPLE_HEADER);
  tellStory(world);
  if (violation !== null) {
    at(world, 19_812_000, () => textRow(world, RowKind.violated, 4, violation));
  }
  runWorld(world, 30_000_000);
  const { trace } = world;
  markHash(trace, "5a3c0f9e21d4b687");
  trace.footer = {
    turns: world.turn,
    rows: trace.columns.rows,
    endUs: 30_000_000,
    hash: "5a3c0f9e21d4b687",
    ok: violation === null,
    result: null,
  };
  return trace;
}

function tellStory(world: SampleWorld): void {
  const step = (atMs: number, text: string, run: () => void): void =>
    at(world, atMs * 1000, () => {
      textRow(world, RowKind.stepped, 0, text);
      run();
    });
  for (const sid of [1, 2, 3, 4, 5]) at(world, sid * 2_000, () => startServer(world, sid));
  for (const client of [-1, -2, -3]) {
    at(world, 900_000 - client, () => {
      const sessionId = 0x100000000000000n - BigInt(client);
      row(world, RowKind.session, client, { peer: 0, a: SessionCode.connecting });
      row(world, RowKind.session, client, {
        peer: client === -1 ? 5 : -client,
        a: SessionCode.connected,
        zxid: sessionId,
      });
    });
  }
  for (let index = 0; index < 14; index++) {
    const client = -1 - (index % 3);
    const on = client === -1 ? 5 : -client;
    const atMs = 1_500 + index * 700;
    at(world, atMs * 1000, () => write(world, client, on, `setData /ledger “${index}”`));
    if (index % 4 === 1)
      at(world, (atMs + 300) * 1000, () => read(world, -3, 3, "getData /ledger"));
  }
  at(world, 12_140_000, () => write(world, -2, 2, "setData /ledger “kept?”"));
  at(world, 12_158_000, () => write(world, -1, 5, "setData /ledger “and this?”"));
  at(world, 12_163_300, () => {
    world.slow.set("5>2", 40);
    row(world, RowKind.slowed, 5, { peer: 2, a: 40 });
  });
  step(12_174, "wall 1 → all", () => {
    for (const to of [2, 3, 4, 5]) wall(world, 1, to);
  });
  step(12_190, "slow 3 → 2", () => {
    world.slow.set("3>2", 210);
    row(world, RowKind.slowed, 3, { peer: 2, a: 210 });
  });
  step(12_200, "crash 5", () => crashServer(world, 5));
  step(14_500, "unslow 3 → 2", () => {
    world.slow.clear();
    row(world, RowKind.unslowed, 5, { peer: 2 });
    row(world, RowKind.unslowed, 3, { peer: 2 });
  });
  step(16_200, "heal 1 → all", () => {
    for (const to of [2, 3, 4, 5]) heal(world, 1, to);
  });
  step(22_000, "restart 5", () => startServer(world, 5));
  for (let index = 0; index < 10; index++) {
    const client = -2 - (index % 2);
    const on = client === -2 ? 2 : 3;
    at(world, (17_000 + index * 1_150) * 1000, () =>
      write(world, client, on, `setData /b “${index}”`),
    );
  }
  at(world, 13_100_000, () =>
    textRow(world, RowKind.captioned, 0, "Was the unfinished write kept?"),
  );
  at(world, 14_100_000, () => textRow(world, RowKind.captioned, 0, ""));
  at(world, 29_000_000, () => textRow(world, RowKind.expected, 0, "all servers agree", 1));
}

/** Rows without a story, as many as asked for: to see what size does. */
export function makeLongTrace(rows: number): Trace {
  const world = createWorld(SAMPLE_HEADER);
  for (const sid of [1, 2, 3, 4, 5]) at(world, sid * 2_000, () => startServer(world, sid));
  runWorld(world, 5_000_000);
  let zxid = 1n << 32n;
  while (world.trace.columns.rows < rows) {
    world.nowUs += 700;
    world.turn++;
    zxid++;
    row(world, RowKind.proposed, 5, { zxid });
    for (const sid of [1, 2, 3, 4]) {
      const link = ++world.messages;
      world.turn++;
      world.nowUs += 15;
      row(world, RowKind.sent, 5, { peer: sid, a: MessageCode.PROPOSAL, zxid, link });
      world.nowUs += 300;
      world.turn++;
      row(world, RowKind.heard, sid, { peer: 5, a: MessageCode.PROPOSAL, zxid, link });
      row(world, RowKind.logged, sid, { zxid });
    }
    row(world, RowKind.committed, 5, { zxid });
    if (world.turn % 4500 === 0) markHash(world.trace, world.turn.toString(16));
  }
  const { columns } = world.trace;
  world.trace.footer = {
    turns: world.turn,
    rows: columns.rows,
    endUs: world.nowUs,
    hash: "00",
    ok: true,
    result: null,
  };
  return world.trace;
}
