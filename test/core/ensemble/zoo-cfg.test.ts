import { expect, test } from "vitest";
import { printMember } from "../../../core/ensemble/member-text.ts";
import { readZooCfg } from "../../../core/ensemble/zoo-cfg.ts";

// Spec client-protocol 12.1. What is refused here, Apache ZooKeeper 3.8.0 refuses too, unless a test says otherwise.

const ALONE = "tickTime=2000\ndataDir=/d\nclientPort=2181\n";
const THREE =
  "server.1=127.0.0.1:2888:3888\nserver.2=127.0.0.1:2889:3889\nserver.3=127.0.0.1:2890:3890\n";

test("what is not set has the real server's defaults", () => {
  const cfg = readZooCfg("dataDir=/d\n", "zoo.cfg");

  expect(cfg).toMatchObject({
    tickMs: 3000,
    minSessionTimeoutMs: 6000,
    maxSessionTimeoutMs: 60_000,
    maxClientCnxns: 60,
    clientPort: null,
    dataLogDir: "/d",
    snapRetainCount: 3,
    purgeIntervalHours: 0,
    standaloneEnabled: true,
    reconfigEnabled: false,
  });
});

test("the last of repeated keys counts", () => {
  expect(readZooCfg(`${ALONE}clientPort=2190\n`, "zoo.cfg").clientPort).toBe(2190);
});

test("a session timeout of -1 is one that is not set", () => {
  const cfg = readZooCfg(`${ALONE}minSessionTimeout=-1\nmaxSessionTimeout=-1\n`, "zoo.cfg");

  expect([cfg.minSessionTimeoutMs, cfg.maxSessionTimeoutMs]).toEqual([4000, 40_000]);
});

test("fewer than three snapshots are never kept", () => {
  const cfg = readZooCfg(`${ALONE}autopurge.snapRetainCount=1\n`, "zoo.cfg");

  expect(cfg.snapRetainCount).toBe(3);
  expect(cfg.notes).toEqual([
    { file: "zoo.cfg", line: 4, what: "Invalid autopurge.snapRetainCount: 1. Defaulting to 3" },
  ]);
});

test("keys of system properties are kept, and only those that nobody knows are noted", () => {
  const cfg = readZooCfg(
    `${ALONE}extendedTypesEnabled=true\nssl.keyStore.location=/k\nfoo.bar=baz\njute.maxbuffer=5\n`,
    "zoo.cfg",
  );

  expect([...cfg.properties.keys()]).toEqual([
    "extendedTypesEnabled",
    "ssl.keyStore.location",
    "foo.bar",
    "jute.maxbuffer",
  ]);
  expect(cfg.notes).toEqual([
    {
      file: "zoo.cfg",
      line: 6,
      what: 'unknown key "foo.bar": kept as system property zookeeper.foo.bar, as the real server does',
    },
    {
      file: "zoo.cfg",
      line: 7,
      what: "jute.maxbuffer is only heeded as -Djute.maxbuffer=…: kept as system property zookeeper.jute.maxbuffer, as the real server does",
    },
  ]);
});

/** Lines as the real server prints them in its configuration znode, but for the zeros of an IPv6 address. */
const SERVER_LINES: readonly [written: string, canonical: string][] = [
  ["server.1=h:1:2", "server.1=h:1:2:participant"],
  ["server.01=h:1:2:OBSERVER", "server.1=h:1:2:observer"],
  ["server.1=h:1:2;2181", "server.1=h:1:2:participant;0.0.0.0:2181"],
  ["server.1=h:1:2:participant;c:2181", "server.1=h:1:2:participant;c:2181"],
  ["server.1=[::1]:1:2;[::2]:3", "server.1=[::1]:1:2:participant;[::2]:3"],
  ["server.1=:1:2", "server.1=localhost:1:2:participant"],
  ["server.1=h:1:2:observer:;", "server.1=h:1:2:observer"],
  ["server.1=h:1:2|i:3:4", "server.1=h:1:2|i:3:4:participant"],
];

test.for(SERVER_LINES)("%s is %s", ([written, canonical]) => {
  const { servers } = readZooCfg(`${ALONE}${written}\n`, "zoo.cfg").membership;

  expect(servers.map(printMember)).toEqual([canonical]);
});

const REFUSED: readonly [lines: string, message: string][] = [
  ["tickTime=2s", 'zoo.cfg:4: tickTime: expected a whole number of ms, found "2s"'],
  ["tickTime=", 'zoo.cfg:4: tickTime: expected a whole number of ms, found ""'],
  [
    "tickTime=99999999999",
    'zoo.cfg:4: tickTime: expected a whole number of ms, found "99999999999"',
  ],
  ["tickTime=0", "zoo.cfg:4: tickTime is not set"],
  ["tickTime=-5", 'zoo.cfg:4: tickTime: expected a whole number of ms above 0, found "-5"'],
  ["clientPort=70000", 'zoo.cfg:4: clientPort: expected a port from 1 to 65535, found "70000"'],
  [
    "clientPort=0\nclientPortAddress=h",
    "zoo.cfg:5: clientPortAddress is set but clientPort is not set",
  ],
  [
    "secureClientPortAddress=h",
    "zoo.cfg:4: secureClientPortAddress is set but secureClientPort is not set",
  ],
  [
    "minSessionTimeout=50000",
    "zoo.cfg:4: minSessionTimeout must not be larger than maxSessionTimeout (50000 and 40000 ms)",
  ],
  ["reconfigEnabled=1", 'zoo.cfg:4: reconfigEnabled: expected true or false, found "1"'],
  ["electionAlg=2", "zoo.cfg:4: Invalid electionAlg value. Only 3 is supported."],
  ["peerType=voter", 'zoo.cfg:4: peerType: expected participant or observer, found "voter"'],
  [
    "quorum.auth.serverRequireSasl=true",
    "zoo.cfg:4: quorum.auth.enableSasl is disabled, so cannot enable quorum.auth.serverRequireSasl",
  ],
  [
    "server.1=h:1",
    'zoo.cfg:4: server.1: expected host:quorumPort:electionPort[:participant|observer][;[clientHost:]clientPort], found "h:1"',
  ],
  ["server.1=h:a:2", "zoo.cfg:4: server.1: expected a port from 1 to 65535, found a"],
  ["server.1=h:1:2:voter", 'zoo.cfg:4: server.1: expected participant or observer, found "voter"'],
  ["server.one=h:1:2", 'zoo.cfg:4: server.one: expected a number after the dot, found "one"'],
  [
    "server.1=h:1:1",
    "zoo.cfg:4: server.1: Client and election port must be different! Please update the configuration file",
  ],
  ["group.1=1:b", 'zoo.cfg:4: group.1: expected server ids with colons between them, found "1:b"'],
  [
    "dynamicConfigFile=/dyn\nserver.2=h:1:2",
    "zoo.cfg:5: parameter: server.2 must be in a separate dynamic config file (dynamicConfigFile is /dyn)",
  ],
];

test.for(REFUSED)("%s is refused", ([lines, message]) => {
  expect(() => readZooCfg(`${ALONE}${lines}\n`, "zoo.cfg")).toThrow(message);
});

test("a directory is asked for", () => {
  expect(() => readZooCfg("tickTime=2000\n", "zoo.cfg")).toThrow("zoo.cfg: dataDir is not set");
});

test("membership beside groups, in sid order", () => {
  const { membership } = readZooCfg(`${ALONE}${THREE}group.2=3\ngroup.1=1:2\nweight.3=5\n`, "x");

  expect(membership.servers.map(({ sid }) => sid)).toEqual([1, 2, 3]);
  expect(membership.groups.map(({ gid, sids }) => [gid, sids])).toEqual([
    [1, [1, 2]],
    [2, [3]],
  ]);
  expect(membership.weights).toEqual(new Map([[3, 5]]));
});
