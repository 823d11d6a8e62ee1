import { expect, test } from "vitest";
import { InputProblem } from "../../../runner/scenario/input-problem.ts";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import type { Step } from "../../../runner/scenario/scenario.ts";

const LEADER = { kind: "role", role: "leader" };
const server = (sid: number): unknown => ({ kind: "sid", sid });

// A step as it is written, how a report tells it, and what it asks for.
const GOOD: readonly [step: string, text: string, command: object][] = [
  [
    "do: partition, groups: [[1], [2, 3]], for: 2s",
    "partition server 1 | server 2, server 3 for 2s",
    { kind: "partition", groups: [[server(1)], [server(2), server(3)]], forUs: 2_000_000 },
  ],
  [
    "do: partition, from: leader, to: 2",
    "partition leader → server 2",
    { kind: "wall", from: LEADER, to: server(2), forUs: null },
  ],
  [
    "do: partition, shape: bridge, servers: [3, 1, 2]",
    "partition server 3, server 1, server 2 bridge",
    { kind: "shape", shape: "bridge", targets: [server(3), server(1), server(2)], forUs: null },
  ],
  [
    "do: partition, shape: ring, for: 1s",
    "partition ring for 1s",
    { kind: "shape", shape: "ring", targets: [], forUs: 1_000_000 },
  ],
  [
    "do: slow, from: 1, by: 20ms, tail: 1s",
    "slow server 1 → all by 20ms up to 1s",
    {
      kind: "link fault",
      fault: "slow",
      measure: 20,
      tailMs: 1000,
      links: { kind: "one way", from: server(1), to: null },
      forUs: null,
    },
  ],
  [
    "do: hold, from: 1, to: leader",
    "hold server 1 → leader",
    { fault: "held", links: { kind: "one way", from: server(1), to: LEADER }, forUs: null },
  ],
  [
    "do: clog, client: app, for: 3s",
    "clog app for 3s",
    {
      fault: "held",
      links: { kind: "around", targets: [{ kind: "client", client: "app" }] },
      forUs: 3_000_000,
    },
  ],
  [
    "do: release, server: 2",
    "release server 2",
    { kind: "release", links: { kind: "around", targets: [server(2)] } },
  ],
  ["do: swizzle, over: 2s", "swizzle over 2s", { kind: "swizzle", targets: [], overUs: 2_000_000 }],
  [
    "do: throttle, servers: [1, 2], bytesPerSecond: 5000",
    "throttle server 1, server 2 to 5000 bytes/s",
    { fault: "throttled", measure: 5000, links: { kind: "around" } },
  ],
  [
    "do: lose, from: 1, to: 2, oneIn: 8",
    "lose server 1 → server 2 one in 8",
    { fault: "lossy", measure: 8 },
  ],
  [
    "do: refuse, server: leader, silently: true",
    "refuse leader silently",
    { fault: "refused", measure: 1, links: { kind: "towards", targets: [LEADER] } },
  ],
  [
    "do: reset, from: 1, to: 2, keeps: 3",
    "reset server 1 and server 2 after 3 more",
    { kind: "reset", from: server(1), to: server(2), keeps: 3 },
  ],
  [
    "do: halfOpen, client: app",
    "halfOpen app",
    { kind: "halfOpen", from: { kind: "client", client: "app" }, to: null, lateUs: null },
  ],
  [
    "do: halfOpen, from: 1, to: 2, late: 800ms",
    "halfOpen server 1 and server 2 800ms late",
    { kind: "halfOpen", lateUs: 800_000 },
  ],
];

test.for(GOOD)("%s", ([step, text, command]) => {
  expect(parse(step)).toMatchObject({ text, command });
});

const BAD: readonly [step: string, problem: string][] = [
  [
    "do: partition, groups: [[1]], shape: ring",
    'x.yaml:9:37  "shape" cannot stand beside "groups"',
  ],
  ["do: partition, shape: ring, to: 1", 'x.yaml:9:35  "to" cannot stand beside "shape"'],
  ["do: partition, servers: [1]", 'x.yaml:9:22  "servers" goes with a shape'],
  [
    "do: partition",
    'x.yaml:9:5  "partition" needs groups, a shape, or from and to for one way only',
  ],
  [
    "do: partition, shape: rng",
    'x.yaml:9:29  unknown shape of a partition "rng", did you mean "ring"? expected one of: halves, bridge, ring',
  ],
  ["do: slow, from: 1", 'x.yaml:9:5  "slow" needs "by" or "tail", such as by: 50ms'],
  ["do: clog, server: 1", 'x.yaml:9:5  "clog" needs "for", such as for: 2s'],
  ["do: hold", 'x.yaml:9:5  "hold" needs a server'],
  ["do: hold, to: 1", 'x.yaml:9:5  "hold" needs "from"'],
  ["do: hold, from: 1, server: 2", 'x.yaml:9:26  "server" cannot stand beside "from"'],
  ["do: swizzle", 'x.yaml:9:5  "swizzle" needs "over", such as over: 2s'],
  [
    "do: throttle, server: 1",
    'x.yaml:9:5  "throttle" needs "bytesPerSecond", such as bytesPerSecond: 20000',
  ],
  ["do: lose, server: 1", 'x.yaml:9:5  "lose" needs "oneIn", such as oneIn: 10'],
  [
    "do: lose, server: 1, oneIn: 1",
    "x.yaml:9:35  expected a whole number from 2 to 1000000, found 1",
  ],
  ["do: heal, server: 1", 'x.yaml:9:17  "heal" takes no "server"; it takes nothing more'],
  [
    "do: reset, from: 1, late: 1s",
    'x.yaml:9:27  "reset" takes no "late"; it takes from, to, client, keeps',
  ],
];

test.for(BAD)("%s is refused on one line that says where and why", ([step, problem]) => {
  let found = "";
  try {
    parse(step);
  } catch (error) {
    if (error instanceof InputProblem) found = error.message;
  }
  expect(found).toBe(problem);
});

function parse(step: string): Step | undefined {
  const text = `
name: t
title: T
ensemble: { servers: 3 }
clients:
  - { name: app }
steps:
  # The step:
  - { ${step}, at: 1s }
until: 9s
`;
  return parseScenario(text, "x.yaml", () => null).steps[0];
}
