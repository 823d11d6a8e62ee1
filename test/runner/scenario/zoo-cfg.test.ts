import { expect, test } from "vitest";
import type { Member } from "../../../core/config.ts";
import { InputProblem } from "../../../runner/scenario/input-problem.ts";
import { parseZooCfg, serverFrom } from "../../../runner/scenario/zoo-cfg.ts";

const GOOD = `# the tutorial's
tickTime=2000
initLimit: 10
syncLimit 5
dataDir=/tmp/zk1
clientPort=2182
server.1=127.0.0.1:2889:3889
server.2=127.0.0.1:2990:3990:OBSERVER;2183
server.10=[::1]:2991:\\
  3991;0.0.0.0:2184
group.1=1:10
weight.10=2
`;

test("its servers are those of the file, with the client ports that it names", () => {
  const { server } = serverOf(GOOD);

  expect([server.tickMs, server.initLimit, server.syncLimit]).toEqual([2000, 10, 5]);
  expect(server.members).toEqual([
    member(1, "participant", "127.0.0.1:2889", "127.0.0.1:3889", "127.0.0.1:2182"),
    member(2, "observer", "127.0.0.1:2990", "127.0.0.1:3990", "127.0.0.1:2183"),
    member(10, "participant", "[::1]:2991", "[::1]:3991", "[::1]:2184"),
  ]);
  expect(server.quorum).toEqual({
    kind: "hierarchical",
    voters: [1, 10],
    groups: [{ gid: 1, sids: [1, 10] }],
    weights: new Map([
      [1, 1],
      [10, 2],
    ]),
  });
});

test("a simulation heeds the options that the file switches", () => {
  const { server } = serverOf(`${GOOD}extendedTypesEnabled=true\nsnapCount=7\nskipACL=yes\n`);

  expect(server.snapCount).toBe(7);
  expect(server.options).toMatchObject({ extendedTypes: true, skipAcl: true });
});

test("an unknown key is kept with a warning, as the real server keeps it", () => {
  expect(serverOf(`${GOOD}tickTme=5\n`).warnings).toEqual([
    'zoo.cfg:13  unknown key "tickTme": kept as system property zookeeper.tickTme, as the real server does',
  ]);
});

const BAD: readonly [from: string, to: string, message: string][] = [
  ["tickTime=2000\n", "tickTime=0\n", "zoo.cfg:2  tickTime is not set"],
  ["group.1=1:10", "group.1=1", "zoo.cfg  Server 10 is not in a group"],
  ["group.1=1:10", "group.1=1:10:2", "zoo.cfg:11  group.1: there is no voter 2"],
  ["dataDir=/tmp/zk1\n", "", "zoo.cfg  dataDir is not set"],
  ["syncLimit 5", "syncLimit 0", "zoo.cfg:4  syncLimit is not set"],
  [
    "initLimit: 10",
    "initLimit: x",
    'zoo.cfg:3  initLimit: expected a whole number of ticks, found "x"',
  ],
  [
    "127.0.0.1:2889:3889",
    "127.0.0.1:2889",
    'zoo.cfg:7  server.1: expected host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort], found "127.0.0.1:2889"',
  ],
  [
    "2889:3889",
    "2889:2889",
    "zoo.cfg:7  server.1: Client and election port must be different! Please update the configuration file",
  ],
  ["2889:3889", "2889:73889", "zoo.cfg:7  server.1: expected a port from 1 to 65535, found 73889"],
  [
    "server.1=",
    "server.one=",
    'zoo.cfg:7  server.one: expected a number after the dot, found "one"',
  ],
  [
    "clientPort=2182",
    "minSessionTimeout=50000",
    "zoo.cfg:6  minSessionTimeout must not be larger than maxSessionTimeout (50000 and 40000 ms)",
  ],
];

test.for(BAD)("%s → %s is refused", ([from, to, message]) => {
  expect(GOOD).toContain(from);
  let found = "";
  try {
    serverOf(GOOD.replace(from, to));
  } catch (error) {
    if (error instanceof InputProblem) found = error.message;
  }
  expect(found).toBe(message);
});

function serverOf(text: string): ReturnType<typeof serverFrom> {
  const cfg = parseZooCfg(text, "zoo.cfg");
  return serverFrom(1, cfg, () => cfg);
}

function member(
  sid: number,
  role: Member["role"],
  quorumAddress: string,
  electionAddress: string,
  clientAddress: string,
): Member {
  return { sid, role, quorumAddress, electionAddress, clientAddress };
}
