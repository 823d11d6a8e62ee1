import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readProperties } from "../../../core/ensemble/properties.ts";
import { loadSettings } from "../../../server/config/load-settings.ts";
import { createServerLog } from "../../../server/log/server-log.ts";
import { startServer } from "../../../server/start.ts";
import { freePorts, spawnApache, untilServing } from "../apache.ts";
import { socketWorld } from "./sockets.ts";
import type { World } from "./world.ts";

/** What all servers compared are told, so that nothing happens that no client asked for. */
const LINES: readonly string[] = [
  // A session outlives the longest pause of a busy machine.
  "tickTime=10000",
  "maxClientCnxns=0",
  "extendedTypesEnabled=true",
  "enforceQuota=true",
  "forceSync=no",
];
const CONTAINER_CHECK = "znode.container.checkIntervalMs=1000000000";

export async function apacheWorld(superDigest: string): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), "zootrope-differential-"));
  const [clientPort = 0] = await freePorts(1);
  const properties = [...propertiesFor(superDigest)];
  const server = spawnApache({ dir, clientPort, lines: LINES, properties });
  await untilServing(server);
  return socketWorld("Apache ZooKeeper", clientPort, async () => {
    await server.stop("SIGKILL");
    rmSync(dir, { recursive: true, force: true });
  });
}

export async function ownWorld(superDigest: string): Promise<World> {
  const dir = mkdtempSync(join(tmpdir(), "zootrope-differential-"));
  mkdirSync(dir, { recursive: true });
  const [clientPort = 0] = await freePorts(1);
  const config = join(dir, "zoo.cfg");
  const lines = [
    `dataDir=${dir}`,
    `clientPort=${clientPort}`,
    "clientPortAddress=127.0.0.1",
    "admin.enableServer=false",
    ...LINES,
  ];
  writeFileSync(config, `${lines.join("\n")}\n`);
  const defined = readProperties(propertiesFor(superDigest).join("\n"), "the command line");
  const settings = loadSettings(config, new Map(defined.map((each) => [each.key, each])));
  const server = await startServer(
    settings,
    createServerLog(settings, "ERROR", () => undefined),
  );
  return socketWorld("Zootrope", clientPort, async () => {
    await server.stop();
    rmSync(dir, { recursive: true, force: true });
  });
}

function propertiesFor(superDigest: string): readonly string[] {
  return [`zookeeper.DigestAuthenticationProvider.superDigest=${superDigest}`, CONTAINER_CHECK];
}
