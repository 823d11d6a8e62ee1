import { expect, test } from "vitest";
import { InputProblem } from "../../../runner/scenario/input-problem.ts";
import { parseZooCfg } from "../../../runner/scenario/zoo-cfg.ts";

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

test("a zoo.cfg is read as Java reads properties", () => {
  const cfg = parseZooCfg(GOOD, "zoo.cfg");

  expect([cfg.tickMs, cfg.initLimit, cfg.syncLimit, cfg.clientPort]).toEqual([2000, 10, 5, 2182]);
  expect(cfg.servers).toEqual([
    server(1, "127.0.0.1", 2889, 3889, "participant", null),
    server(2, "127.0.0.1", 2990, 3990, "observer", 2183),
    server(10, "[::1]", 2991, 3991, "participant", 2184),
  ]);
  expect(cfg.groups).toEqual(new Map([[1, [1, 10]]]));
  expect(cfg.weights).toEqual(new Map([[10, 2]]));
  expect(cfg.warnings).toEqual([]);
});

test("an unknown key is kept with a warning, as the real server keeps it", () => {
  expect(parseZooCfg(`${GOOD}tickTme=5\n`, "zoo.cfg").warnings).toEqual([
    'zoo.cfg:13  unknown key "tickTme": kept as system property zookeeper.tickTme, as the real server does',
  ]);
});

const BAD: readonly [from: string, to: string, message: string][] = [
  ["tickTime=2000\n", "", "zoo.cfg  tickTime is not set"],
  ["dataDir=/tmp/zk1\n", "", "zoo.cfg  dataDir is not set"],
  ["syncLimit 5", "syncLimit 0", "zoo.cfg:4  syncLimit is not set"],
  ["initLimit: 10", "initLimit: x", 'zoo.cfg:3  initLimit: expected a whole number, found "x"'],
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
    "zoo.cfg:6  minSessionTimeout must not be larger than maxSessionTimeout",
  ],
];

test.for(BAD)("%s → %s is refused", ([from, to, message]) => {
  expect(GOOD).toContain(from);
  let found = "";
  try {
    parseZooCfg(GOOD.replace(from, to), "zoo.cfg");
  } catch (error) {
    if (error instanceof InputProblem) found = error.message;
  }
  expect(found).toBe(message);
});

function server(
  sid: number,
  host: string,
  quorumPort: number,
  electionPort: number,
  role: string,
  clientPort: number | null,
): unknown {
  return { sid, host, quorumPort, electionPort, role, clientPort };
}
