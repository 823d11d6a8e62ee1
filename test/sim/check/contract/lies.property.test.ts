import * as fc from "fast-check";
import { expect, test } from "vitest";
import type { Reply, ServerToClient, WatchEvent } from "../../../../core/request/operation.ts";
import type { Zxid } from "../../../../core/zxid.ts";
import { parseScenario } from "../../../../runner/scenario/parse.ts";
import { beginRun } from "../../../../runner/simulate.ts";
import { runCluster } from "../../../../sim/cluster/cluster.ts";

/*
 * A real ensemble whose answers are tampered with on their way: one answer of a run, once. Whatever was true before is
 * false then, and the client's own machine does not know.
 */

const SCENARIO = parseScenario(
  `
name: lies
title: Three servers and some clients
description: Nothing goes wrong here.
seed: "1"
ensemble: { servers: 3, tickMs: 200 }
clients:
  - name: writer
    count: 2
    mix: { set: 5, create: 2, createEphemeralSequential: 2, delete: 1, get: 3, exists: 2, children: 2, sync: 1 }
    rate: 100
    keys: 5
    root: /k
  - { name: watcher, watch: /k/k2 }
  - { name: listener, watch: /k, what: children }
until: 4s
`,
  "lies.yaml",
  () => null,
);

/** How an answer is made wrong, and by which checks that may be seen; null where it cannot be made so. */
type Lie = {
  readonly name: string;
  readonly tell: (message: ServerToClient) => boolean;
  readonly seenBy: RegExp;
};

const LIES: readonly Lie[] = [
  lie("another byte of data", /^C4/, (reply) => {
    if (reply.result?.kind !== "data" || reply.result.data === null) return false;
    const data = reply.result.data.slice();
    data[0] = (data[0] ?? 0) ^ 1;
    return change(reply.result, { data: data.length === 0 ? Uint8Array.of(1) : data });
  }),
  lie("a version less", /^C[14]/, ({ result }) =>
    result !== null && "stat" in result && result.stat !== null
      ? change(result, { stat: { ...result.stat, version: result.stat.version - 1 } })
      : false,
  ),
  lie("a child less", /^C4/, ({ result }) =>
    result?.kind === "children" && result.children.length > 0
      ? change(result, { children: result.children.slice(1) })
      : false,
  ),
  lie("no znode", /^C[47]/, (reply) =>
    reply.result?.kind === "data" ? change(reply, { err: -101, result: null }) : false,
  ),
  lie("failure instead of success", /^C[15]|^S9/, (reply) =>
    reply.err === 0 && reply.result?.kind === "path"
      ? change(reply, { err: -110, result: null })
      : false,
  ),
  lie("a zxid further on", /^C[134]|^S9/, (reply) =>
    reply.zxid > 0n && reply.xid > 0
      ? change(reply, { zxid: (reply.zxid + 1000n) as Zxid })
      : false,
  ),
  // Not so of a znode that is missing: a server that is so far behind would say the same.
  lie("a zxid further back", /^C[134]|^S9/, (reply) =>
    (reply.result?.kind === "data" || reply.result?.kind === "stat") && reply.xid > 0
      ? change(reply, { zxid: 1n as Zxid })
      : false,
  ),
  lie("another xid", /^C2/, (reply) =>
    reply.xid > 0 ? change(reply, { xid: reply.xid + 1 }) : false,
  ),
  {
    name: "an event of something else",
    seenBy: /^C6/,
    tell: (message) =>
      message.kind === "watchEvent" && change<WatchEvent>(message, { path: "/elsewhere" }),
  },
];

test("what an honest ensemble answers keeps the contract, whatever the seed", () => {
  fc.assert(
    fc.property(fc.nat(1_000_000), (seed) => {
      expect(run(String(seed), null, 0).broken).toEqual([]);
    }),
    { numRuns: 10 },
  );
});

test.for(LIES)("one answer with $name is found out", (told) => {
  fc.assert(
    fc.property(fc.nat(1_000_000), fc.nat(60), (seed, at) => {
      const end = run(String(seed), told, at);
      expect(end.told).toBe(true);
      expect(end.broken.filter((check) => told.seenBy.test(check))).not.toEqual([]);
    }),
    { numRuns: 8 },
  );
});

/** A run in which the answer number `at` of those that can be made wrong is, or the last of them. */
function run(seed: string, told: Lie | null, at: number): { told: boolean; broken: string[] } {
  const { cluster, control } = beginRun(SCENARIO, { seed });
  const sent = new WeakSet<object>();
  let isTold = false;
  let left = at;
  runCluster(cluster, SCENARIO.untilUs, control, () => {
    for (const effect of cluster.serverEffects) {
      if (effect.kind !== "send") continue;
      const { message } = effect;
      if (message.kind !== "reply" && message.kind !== "watchEvent") continue;
      // The list of effects stays as it was until the next turn of a server.
      if (sent.has(message)) continue;
      sent.add(message);
      const isLate = cluster.kernel.nowUs > SCENARIO.untilUs - 1_500_000;
      if (told !== null && !isTold && (left <= 0 || isLate)) isTold = told.tell(message);
      else left--;
    }
  });
  return { told: isTold, broken: (cluster.checks?.violations ?? []).map(({ check }) => check) };
}

function lie(name: string, seenBy: RegExp, tell: (reply: Reply) => boolean): Lie {
  return { name, seenBy, tell: (message) => message.kind === "reply" && tell(message) };
}

/** Messages are shared on their way: what is changed here is what arrives. */
function change<Whole extends object>(whole: Whole, part: Partial<Whole>): boolean {
  Object.assign(whole, part);
  return true;
}
