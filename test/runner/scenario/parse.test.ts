import { expect, test } from "vitest";
import { InputProblem } from "../../../runner/scenario/input-problem.ts";
import { parseScenario, scenarioOf } from "../../../runner/scenario/parse.ts";
import type { Scenario } from "../../../runner/scenario/scenario.ts";

const GOOD = `
name: leader-isolated
title: The leader is cut off
seed: "42"
ensemble: { servers: 3, observers: 1, tickMs: 200 }
clients:
  - { name: app, count: 2, mix: { set: 3, get: 1 }, rate: 50, keys: 4 }
  - name: alice
    do:
      - { at: 1s, do: create, path: /ledger, data: "1", ephemeral: true }
steps:
  - { at: 2s, do: partition, groups: [[leader], [others]] }
  - { when: server 2 is LEADING, after: 500ms, do: heal, say: The wall is gone. }
until: 12s
expect:
  - { by: 5s, that: leader elected }
  - { always: no violations }
`;

test("a scenario is read into what a run is made from", () => {
  const scenario = parse(GOOD);

  expect(scenario.servers.map(({ sid }) => sid)).toEqual([1, 2, 3, 4]);
  expect(scenario.servers[0]!.quorum).toEqual({ kind: "majority", voters: [1, 2, 3] });
  expect(scenario.servers[0]!.tickMs).toBe(200);
  expect(scenario.servers[0]!.minSessionTimeoutMs).toBe(400);
  expect(scenario.clients.map(({ name }) => name)).toEqual(["app-1", "app-2", "alice"]);
  expect(scenario.clients.map(({ behaviour }) => behaviour)).toMatchObject([
    { kind: "mix", makesKeys: true, root: "/app" },
    { kind: "mix", makesKeys: false, root: "/app" },
    { kind: "script", items: [{ atUs: 1_000_000 }] },
  ]);
  expect(scenario.steps).toMatchObject([
    {
      trigger: { kind: "at", atUs: 2_000_000 },
      command: { kind: "partition" },
      text: "partition leader | others",
    },
    {
      trigger: {
        kind: "when",
        condition: { kind: "serverIs", sid: 2, state: "LEADING" },
        afterUs: 500_000,
      },
      command: { kind: "heal" },
      caption: "The wall is gone.",
    },
  ]);
  expect(scenario.expectations).toMatchObject([
    { holds: "once", untilUs: 5_000_000, text: "by 5s: leader elected" },
    { holds: "throughout", untilUs: 12_000_000 },
  ]);
  expect(scenario.seed).toBe("42");
  expect(scenario.untilUs).toBe(12_000_000);
});

test("servers that a step starts do not run from the beginning", () => {
  const scenario = parse(GOOD.replace("steps:", "steps:\n  - { at: 1s, do: start, server: 2 }"));
  expect(scenario.startsAtOnce).toEqual([1, 3, 4]);
});

// What stands for what, and the one line that comes of it.
const BAD: readonly [from: string, to: string, message: string][] = [
  [
    "do: partition, groups",
    "do: partitoin, groups",
    'dir/x.yaml:12:19  unknown action "partitoin", did you mean "partition"? expected one of: start, stop, crash, restart, pause, resume, partition, isolate, heal, slow, hold, release, clog, swizzle, throttle, lose, refuse, reset, halfOpen, disk, wipe, backup, rollback, corrupt, clock, late, create, set, get, exists, children, delete, sync, close, open',
  ],
  [
    "until: 12s",
    "untill: 12s",
    'dir/x.yaml:14:1  unknown key of a scenario "untill", did you mean "until"? expected one of: name, title, description, seed, ensemble, history, clocks, network, disk, deliveries, clients, steps, faults, until, maxEvents, expect',
  ],
  [
    "that: leader elected",
    "that: leader electd",
    'dir/x.yaml:16:21  unknown condition "leader electd", did you mean "leader elected"? expected one of: leader elected; no leader; leader is 3; server 3 is synced; all synced; server 3 synced by DIFF; 20 writes committed; epoch at least 2; client app is connected; client app is at server 2; session expired; znode /x exists; znode /x is absent; znode /x holds "text"; trees equal; all operations returned; client app saw a change of /x; 10 locks taken; no violations',
  ],
  ['seed: "42"', "seed: 42", 'dir/x.yaml:4:7  expected a seed in quotes, such as "7", found 42'],
  [
    "at: 2s",
    "at: 2",
    'dir/x.yaml:12:11  expected a duration such as "500ms", "2s" or "1.5m", found 2',
  ],
  [
    "at: 2s",
    "at: 2 seconds",
    'dir/x.yaml:12:11  expected a duration such as "500ms", "2s" or "1.5m", found "2 seconds"',
  ],
  [
    "server 2 is LEADING",
    "server 7 is LEADING",
    "dir/x.yaml:13:13  there is no server 7; expected one of: 1, 2, 3, 4",
  ],
  [
    "groups: [[leader], [others]]",
    "groups: [[leeder], [others]]",
    'dir/x.yaml:12:40  unknown server "leeder", did you mean "leader"? expected one of: leader, a follower, followers, an observer, observers, others, all, crashed, old leader, same, or a server\'s number',
  ],
  [
    "do: heal,",
    "do: heal, power: true,",
    'dir/x.yaml:13:58  "heal" takes no "power"; it takes nothing more',
  ],
  [
    "servers: 3,",
    "servers: three,",
    'dir/x.yaml:5:22  expected a whole number from 1 to 99, found "three"',
  ],
  ["title: The leader is cut off\n", "", 'dir/x.yaml:2:1  "title" is missing: expected text'],
  [
    "mix: { set: 3, get: 1 }",
    "mix: { set: 3, got: 1 }",
    'dir/x.yaml:7:43  unknown key of a mix "got", did you mean "get"? expected one of: create, createEphemeral, createSequential, createEphemeralSequential, set, get, exists, children, delete, sync',
  ],
  ["name: alice", "name: app-2", 'dir/x.yaml:8:11  there are two clients named "app-2"'],
  [
    "ephemeral: true }",
    "watch: true }",
    'dir/x.yaml:10:57  "create" takes no "watch"; it takes path, data, ephemeral, sequential, retries',
  ],
  ["rate: 50", "hold: 50ms", 'dir/x.yaml:7:53  "hold" goes with "lock", which this client lacks'],
  [
    "by: 5s",
    "by: 50s",
    "dir/x.yaml:16:11  this is after the end of the run, so it is never judged",
  ],
  [
    "{ servers: 3, observers: 1, tickMs: 200 }",
    "{ config: zoo.cfg }",
    'dir/x.yaml:5:21  cannot read "zoo.cfg" beside the scenario',
  ],
  [
    "{ servers: 3, observers: 1, tickMs: 200 }",
    "{ observers: 1 }",
    'dir/x.yaml:5:11  expected "servers: 3" or "config: zoo.cfg"',
  ],
  [
    "until: 12s",
    "until: 12s\nuntil: 13s",
    "dir/x.yaml:15:1  not valid YAML: map keys must be unique",
  ],
  [
    "until: 12s",
    "until: [12s",
    "dir/x.yaml:15:1  not valid YAML: flow sequence in block collection must be sufficiently indented and end with a ]",
  ],
];

test.for(BAD)("%s → %s is refused on one line that says where and why", ([from, to, message]) => {
  expect(GOOD).toContain(from);
  expect(problem(GOOD.replace(from, to))).toBe(message);
});

test("a text that is no mapping at all is refused", () => {
  expect(problem("")).toBe("dir/x.yaml  expected a scenario, found an empty value");
  expect(problem("- 1\n")).toBe("dir/x.yaml:1:1  expected a scenario, found a list");
});

test("a zoo.cfg beside the scenario gives the ensemble, and travels in its text", () => {
  const text = GOOD.replace("{ servers: 3, observers: 1, tickMs: 200 }", "{ config: my/zoo.cfg }");
  const read = (path: string): string | null => (path === "my/zoo.cfg" ? CFG : null);

  const scenario = parseScenario(text, "dir/x.yaml", read);
  const again = parseScenario(scenario.text, "trace", () => null);

  expect(scenario.servers.map(({ sid, tickMs }) => [sid, tickMs])).toEqual([
    [1, 2000],
    [2, 2000],
  ]);
  expect(again.servers).toEqual(scenario.servers);
  expect(again.steps).toEqual(scenario.steps);
});

test("a fault in the zoo.cfg is reported where it stands", () => {
  const text = GOOD.replace("{ servers: 3, observers: 1, tickMs: 200 }", "{ config: zoo.cfg }");
  const read = (): string => CFG.replace("initLimit=10", "initLimit=ten");
  expect(problem(text, read)).toBe(
    'dir/zoo.cfg:2  initLimit: expected a whole number of ticks, found "ten"',
  );
});

test("a history on disk is read with its epochs", () => {
  const scenario = parse(
    GOOD.replace(
      "until: 12s",
      'until: 12s\nhistory:\n  1: { zxid: [0x100000002, "0x1a00000006"] }\n  all: { zxid: 0x100000002, currentEpoch: 2, acceptedEpoch: 3 }',
    ),
  );

  expect(scenario.histories).toMatchObject([
    {
      sid: 1,
      lastZxids: [0x1_0000_0002n, 0x1a_0000_0006n],
      acceptedEpoch: 0x1a,
      currentEpoch: 0x1a,
    },
    { sid: 2, lastZxids: [0x1_0000_0002n], acceptedEpoch: 3, currentEpoch: 2 },
    { sid: 3 },
    { sid: 4 },
  ]);
});

const CFG = `tickTime=2000
initLimit=10
syncLimit=5
dataDir=/var/zk
clientPort=2181
server.1=a:2888:3888
server.2=b:2888:3888
`;

function parse(text: string): Scenario {
  return parseScenario(text, "dir/x.yaml", () => null);
}

function problem(text: string, readBeside: (path: string) => string | null = () => null): string {
  try {
    parseScenario(text, "dir/x.yaml", readBeside);
  } catch (error) {
    if (error instanceof InputProblem) return error.message;
    throw error;
  }
  return "";
}

test("a scenario that a program made is named by the way to what cannot be in it", () => {
  const input = {
    name: "made",
    title: "Made by a program",
    ensemble: { servers: 3 },
    steps: [{ at: "1s", do: "crash" as const, server: 7 }],
    until: "2s",
  };

  expect(() => scenarioOf(input)).toThrow(
    "made: steps[0].server  there is no server 7; expected one of: 1, 2, 3",
  );
});
