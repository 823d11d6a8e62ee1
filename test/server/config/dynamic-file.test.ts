import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import {
  nextTextOf,
  recordConfiguration,
  recordProposal,
} from "../../../server/config/dynamic-file.ts";
import { loadSettings } from "../../../server/config/load-settings.ts";
import { scratchDirectory } from "../../support/scratch.ts";

// Spec client-protocol 12.2. The lines are those that a 3.8.0 server wrote, but for their order, which is that of a hash there.

const ZOO_CFG = `# a comment
tickTime=2000
initLimit=10
syncLimit=5
dataDir=data
clientPort=24181
standaloneEnabled=false
reconfigEnabled=true
peerType=participant
myKey=a\\\\b
server.1=127.0.0.1:24888:24889:participant
`;

const KEPT = `tickTime=2000
initLimit=10
syncLimit=5
dataDir=data
`;

const REST = "standaloneEnabled=false\nreconfigEnabled=true\nmyKey=a\\\\b\n";

test("the members move from the zoo.cfg to a file of their own, and the old zoo.cfg is kept", () => {
  const directory = scratchDirectory({ "zoo.cfg": ZOO_CFG });
  const configFile = join(directory, "zoo.cfg");
  const text =
    "server.1=127.0.0.1:24888:24889:participant\nserver.10=h:1:2:observer\nversion=100000000";

  const after = recordConfiguration({ configFile, dynamicConfigFile: null }, 1, text);

  const dynamicConfigFile = `${configFile}.dynamic.100000000`;
  expect(after).toEqual({ configFile, dynamicConfigFile });
  expect(readdirSync(directory).sort()).toEqual([
    "zoo.cfg",
    "zoo.cfg.bak",
    "zoo.cfg.dynamic.100000000",
  ]);
  expect(readFileSync(dynamicConfigFile, "utf8")).toBe(
    // Whole lines are sorted: "0" comes before "=".
    "server.10=h:1:2:observer\nserver.1=127.0.0.1:24888:24889:participant",
  );
  expect(readFileSync(`${configFile}.bak`, "utf8")).toBe(ZOO_CFG);
  expect(readFileSync(configFile, "utf8")).toBe(
    `${KEPT}clientPort=24181\n${REST}dynamicConfigFile=${dynamicConfigFile}\n`,
  );
});

test("the client port leaves the zoo.cfg when the server's own line has it", () => {
  const directory = scratchDirectory({ "zoo.cfg": ZOO_CFG });
  const configFile = join(directory, "zoo.cfg");
  const text = "server.1=127.0.0.1:24888:24889:participant;127.0.0.1:24181\nversion=1f";

  recordConfiguration({ configFile, dynamicConfigFile: null }, 1, text);

  expect(readFileSync(configFile, "utf8")).toBe(
    `${KEPT}${REST}dynamicConfigFile=${configFile}.dynamic.1f\n`,
  );
});

test("what was written is what a start reads", () => {
  const directory = scratchDirectory({ "data/myid": "1", "zoo.cfg": "" });
  const configFile = join(directory, "zoo.cfg");
  const cfg = ZOO_CFG.replace("dataDir=data", `dataDir=${directory}/data`);
  writeFileSync(configFile, cfg);
  const first = recordConfiguration(
    { configFile, dynamicConfigFile: null },
    1,
    "server.1=h:1:2\nversion=5",
  );

  const second = recordConfiguration(first, 1, "server.1=h:1:2\nserver.2=h:3:4\nversion=6");

  const settings = loadSettings(configFile);
  expect(second.dynamicConfigFile).toBe(`${configFile}.dynamic.6`);
  expect(settings.dynamicConfigFile).toBe(second.dynamicConfigFile);
  expect(settings.configVersion).toBe(6n);
  expect(settings.config.members.map(({ sid }) => sid)).toEqual([1, 2]);
  expect(settings.properties.get("zookeeper.myKey")).toBe("a\\b");
  expect(readFileSync(`${configFile}.bak`, "utf8")).toBe(cfg);
});

test("a proposal waits in a file of its own, with its version", () => {
  const directory = scratchDirectory();
  const configFile = join(directory, "zoo.cfg");

  recordProposal(
    { configFile, dynamicConfigFile: `${configFile}.dynamic.5` },
    "server.1=h:1:2\nversion=6",
  );

  expect(readFileSync(`${configFile}.dynamic.next`, "utf8")).toBe("server.1=h:1:2\nversion=6");
});

test("a proposal that is in force is no longer what comes next; a later one is", () => {
  const directory = scratchDirectory({ "zoo.cfg": ZOO_CFG });
  const configFile = join(directory, "zoo.cfg");
  const files = { configFile, dynamicConfigFile: null };
  const text = (version: string): string => `server.1=h:1:2\nversion=${version}`;

  recordProposal(files, text("10"));
  const after = recordConfiguration(files, 1, text("9"));
  expect(nextTextOf(after)).toBe(text("10"));

  recordConfiguration(after, 1, text("10"));
  expect(nextTextOf(after)).toBe("");
});
