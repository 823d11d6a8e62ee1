import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import { definitions, flagWords } from "../../../server/config/command-line.ts";
import { loadSettings } from "../../../server/config/load-settings.ts";
import type { ServerSettings } from "../../../server/config/settings.ts";
import { scratchDirectory } from "../../support/scratch.ts";

// Spec client-protocol 12.1, 12.2, storage-and-processing 1.

const THREE =
  "server.1=127.0.0.1:2888:3888\nserver.2=127.0.0.1:2889:3889\nserver.3=127.0.0.1:2890:3890\n";
const ENSEMBLE = `tickTime=2000\ninitLimit=5\nsyncLimit=2\nclientPort=2181\n${THREE}`;

type Files = Readonly<Record<string, string>>;

/** Loads `cfg` as DIR/zoo.cfg with dataDir=DIR/data in front of it. */
function load(
  cfg: string,
  files: Files = { "data/myid": "1\n" },
  words: string[] = [],
): ServerSettings {
  const directory = scratchDirectory(files);
  const path = join(directory, "zoo.cfg");
  const text = `dataDir=${directory}/data\n${cfg.replaceAll("DIR", directory)}`;
  writeFileSync(path, text);
  return loadSettings(path, definitions(words.map((word) => word.replaceAll("DIR", directory))));
}

/** The complaint, with the test's directory called DIR. */
function complaint(cfg: string, files?: Files, words?: string[]): string {
  try {
    load(cfg, files, words);
  } catch (error) {
    if (error instanceof Error) return error.message.replace(/\/[^ ]*?\/zootrope-[^/]+/g, "DIR");
  }
  return "";
}

test("one server of an ensemble", () => {
  const { config, client, staticClient, configVersion } = load(ENSEMBLE);

  expect(config).toMatchObject({
    sid: 1,
    standalone: false,
    quorum: { kind: "majority", voters: [1, 2, 3] },
    tickMs: 2000,
    initLimit: 5,
    syncLimit: 2,
    minSessionTimeoutMs: 4000,
    maxSessionTimeoutMs: 40_000,
    snapCount: 100_000,
    preAllocBytes: 67_108_864,
    options: DEFAULT_OPTIONS,
  });
  // A clientPort of a zoo.cfg is not part of the configuration that the members share.
  expect(config.members.map(({ clientAddress }) => clientAddress)).toEqual(["", "", ""]);
  expect(staticClient).toEqual(client);
  expect(client).toEqual({ host: "0.0.0.0", port: 2181 });
  expect(configVersion).toBe(0n);
});

test("without servers it stands alone, and needs neither limits nor an id", () => {
  const settings = load("clientPort=2181\n", {});

  expect(settings.config).toMatchObject({
    standalone: true,
    sid: 1,
    tickMs: 3000,
    quorum: { kind: "majority", voters: [1] },
  });
});

test("a single server stands alone, with a note, unless standaloneEnabled is false", () => {
  const one = "clientPort=2181\ninitLimit=5\nsyncLimit=2\nserver.1=127.0.0.1:2888:3888\n";

  expect(load(one).config.standalone).toBe(true);
  expect(load(one).notes.map(({ what }) => what)).toEqual([
    "Invalid configuration, only one server specified (ignoring)",
  ]);
  expect(load(`${one}standaloneEnabled=false\n`).config).toMatchObject({
    standalone: false,
    options: { standaloneEnabled: false },
  });
});

test("the server's own line names the client port where clientPort does not", () => {
  const { client } = load(
    ENSEMBLE.replace("clientPort=2181\n", "").replace("2888:3888", "2888:3888;127.0.0.1:2199"),
  );

  expect(client).toEqual({ host: "127.0.0.1", port: 2199 });
});

test("a clientPort without an address gives way to the same port with one", () => {
  const { client } = load(ENSEMBLE.replace("2888:3888", "2888:3888;127.0.0.1:2181"));

  expect(client).toEqual({ host: "127.0.0.1", port: 2181 });
});

test("a file of membership is read, with the version that its name ends in", () => {
  const cfg = `${ENSEMBLE.replace(THREE, "")}dynamicConfigFile=DIR/zoo.cfg.dynamic.1f\n`;
  const settings = load(cfg, { "data/myid": "2\n", "zoo.cfg.dynamic.1f": THREE.trimEnd() });

  expect(settings.config.sid).toBe(2);
  expect(settings.config.members).toHaveLength(3);
  expect(settings.configVersion).toBe(0x1fn);
  expect(settings.dynamicConfigFile).toMatch(/zoo\.cfg\.dynamic\.1f$/);
});

test("groups and weights make a hierarchical quorum, weights being 1 unless set", () => {
  const { config } = load(`${ENSEMBLE}group.1=1:2\ngroup.2=3\nweight.3=4\n`);

  expect(config.quorum).toEqual({
    kind: "hierarchical",
    voters: [1, 2, 3],
    groups: [
      { gid: 1, sids: [1, 2] },
      { gid: 2, sids: [3] },
    ],
    weights: new Map([
      [1, 1],
      [2, 1],
      [3, 4],
    ]),
  });
});

test("a zoo.cfg goes before -D, and what neither sets is the default", () => {
  const { config } = load("clientPort=2181\nsnapCount=50\n", {}, [
    "-Dzookeeper.snapCount=60",
    "-Dzookeeper.extendedTypesEnabled=true",
    "-Dreadonlymode.enabled=true",
    "-Dznode.container.checkIntervalMs=500",
  ]);

  expect(config.snapCount).toBe(50);
  expect(config.options).toEqual({
    ...DEFAULT_OPTIONS,
    extendedTypes: true,
    readOnlyMode: true,
    containerCheckMs: 500,
  });
});

test("a system property that is no number leaves the default, with a note", () => {
  const { config, notes } = load("clientPort=2181\ncnxTimeout=soon\n", {}, ["-Djute.maxbuffer=1m"]);

  expect(config.electionConnectMs).toBe(5000);
  expect(notes.map(({ what }) => what)).toEqual([
    'cnxTimeout: expected a whole number, found "soon"; going on with 5000',
    '-Djute.maxbuffer: expected a whole number, found "1m"; going on with 1048575',
  ]);
});

test("srvr is always answered, * is every word", () => {
  const words = (line: string): ReadonlySet<string> | null =>
    load(`clientPort=2181\n${line}\n`, {}).fourLetterWords;

  expect(words("")).toEqual(new Set(["srvr"]));
  expect(words("4lw.commands.whitelist=ruok, mntr")).toEqual(new Set(["ruok", "mntr", "srvr"]));
  expect(words("4lw.commands.whitelist=ruok,*")).toBeNull();
});

test("DIGEST-MD5 users come from the JAAS file that is named", () => {
  const jaas = 'Server {\n  a.b.DigestLoginModule required\n  user_bob="pw";\n};\n';
  const { config } = load("clientPort=2181\n", { "jaas.conf": jaas }, [
    "-Djava.security.auth.login.config=DIR/jaas.conf",
  ]);

  expect(config.options.saslUsers).toEqual(new Map([["bob", "pw"]]));
});

test("authentication may be asked for by two names", () => {
  const { config } = load(
    "clientPort=2181\nsessionRequireClientSASLAuth=true\nenforce.auth.enabled=true\nenforce.auth.schemes=digest,sasl\n",
    {},
  );

  expect(config.options.requiredSchemes).toEqual(["sasl", "digest"]);
});

const REFUSED: readonly [why: string, cfg: string, files: Files | undefined, message: string][] = [
  ["no myid", ENSEMBLE, {}, "DIR/zoo.cfg:1: myid file is missing: expected DIR/data/myid"],
  [
    "an id of words",
    ENSEMBLE,
    { "data/myid": "foo" },
    "DIR/data/myid:1: serverid foo is not a number",
  ],
  [
    "blanks in the id",
    ENSEMBLE,
    { "data/myid": " 1" },
    "DIR/data/myid:1: serverid  1 is not a number",
  ],
  [
    "an id of words, alone too",
    "clientPort=1",
    { "data/myid": "foo" },
    "DIR/data/myid:1: serverid foo is not a number",
  ],
  [
    "a foreign id",
    ENSEMBLE,
    { "data/myid": "9" },
    "DIR/data/myid:1: My id 9 not in the peer list of DIR/zoo.cfg",
  ],
  [
    "no initLimit",
    ENSEMBLE.replace("initLimit=5", ""),
    undefined,
    "DIR/zoo.cfg: initLimit is not set",
  ],
  [
    "no syncLimit",
    ENSEMBLE.replace("syncLimit=2", "syncLimit=0"),
    undefined,
    "DIR/zoo.cfg:4: syncLimit is not set",
  ],
  [
    "a voter without a group",
    `${ENSEMBLE}group.1=1:2\n`,
    undefined,
    "DIR/zoo.cfg: Server 3 is not in a group",
  ],
  [
    "a voter in two groups",
    `${ENSEMBLE}group.1=1:2\ngroup.2=2:3\n`,
    undefined,
    "DIR/zoo.cfg:10: group.2: Server 2 is in multiple groups",
  ],
  [
    "observers alone",
    "server.1=h:1:2:observer\n",
    undefined,
    "DIR/zoo.cfg: Observers w/o participants is an invalid configuration",
  ],
  [
    "observers of one",
    "server.1=h:1:2\nserver.2=h:3:4:observer\n",
    undefined,
    "DIR/zoo.cfg: Observers w/o quorum is an invalid configuration",
  ],
  [
    "an ensemble of none",
    "standaloneEnabled=false\n",
    undefined,
    "DIR/zoo.cfg: standaloneEnabled = false then number of participants should be >0",
  ],
  [
    "two client ports",
    ENSEMBLE.replace("2888:3888", "2888:3888;2199"),
    undefined,
    "DIR/zoo.cfg:5: client address for this server (id = 1) in static config file is 0.0.0.0:2181 is different from client address found in DIR/zoo.cfg: 0.0.0.0:2199",
  ],
  [
    "several addresses",
    ENSEMBLE.replace("2888:3888", "2888:3888|127.0.0.1:5:6"),
    undefined,
    "DIR/zoo.cfg: Multiple address feature is disabled, but multiple addresses were specified for sid 1",
  ],
  [
    "a version inside a file of membership",
    "dynamicConfigFile=DIR/dyn\n",
    { dyn: "version=1\n" },
    "DIR/dyn:1: dynamic file shouldn't have version inside",
  ],
  [
    "a foreign key inside a file of membership",
    "dynamicConfigFile=DIR/dyn\n",
    { dyn: `${THREE}clientPort=3\n` },
    "DIR/dyn:4: Unrecognised parameter: clientPort",
  ],
  [
    "an unknown class of metrics",
    "metricsProvider.className=no.Such\n",
    undefined,
    'DIR/zoo.cfg:2: metricsProvider.className: expected one of org.apache.zookeeper.metrics.impl.DefaultMetricsProvider, org.apache.zookeeper.metrics.impl.NullMetricsProvider, org.apache.zookeeper.metrics.prometheus.PrometheusMetricsProvider (metrics provider class was not found), found "no.Such"',
  ],
];

test.for(REFUSED)("%s is refused", ([, cfg, files, message]) => {
  expect(complaint(cfg, files)).toBe(message);
});

test("a file that is not there is named", () => {
  expect(() => loadSettings("/no/such/zoo.cfg")).toThrow(
    "/no/such/zoo.cfg: /no/such/zoo.cfg file is missing",
  );
});

test("the flags of the variables are words, SERVER_JVMFLAGS before JVMFLAGS", () => {
  const words = flagWords({ JVMFLAGS: "-Xmx1g  -Da=2", SERVER_JVMFLAGS: "-Da=1 -Db=c=d -De" });

  expect(words).toEqual(["-Da=1", "-Db=c=d", "-De", "-Xmx1g", "-Da=2"]);
  expect([...definitions(words)].map(([name, { value }]) => [name, value])).toEqual([
    ["a", "2"],
    ["b", "c=d"],
    ["e", ""],
  ]);
});

test("what would protect the ports between servers is refused, as it is not there", () => {
  for (const key of ["sslQuorum", "portUnification", "quorum.auth.enableSasl"]) {
    expect(complaint(`${ENSEMBLE}${key}=true\n`)).toBe(
      `DIR/zoo.cfg:9: ${key}: Zootrope has neither TLS nor SASL between servers`,
    );
  }
});

test("what it can go on without is noted", () => {
  const { notes } = load(`${ENSEMBLE}observerMasterPort=2191\naudit.enable=true\n`);

  expect(notes.map(({ line, what }) => `${line} ${what}`)).toEqual([
    "9 observerMasterPort: observers go to the leader here",
    "10 audit.enable: there is no audit log here",
  ]);
});
