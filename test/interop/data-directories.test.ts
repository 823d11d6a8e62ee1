/** Data directories of ours serve an Apache ZooKeeper, and its serve us. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULT_OPTIONS, type ServerOptions } from "../../core/options.ts";
import type { Operation } from "../../core/request/operation.ts";
import { OPEN_ACL } from "../../core/tree/acl.ts";
import type { Database } from "../../core/tree/database.ts";
import { aclOf, statOf, treeDigest } from "../../core/tree/tree.ts";
import { pathOf } from "../../core/tree/path.ts";
import { formatZxid } from "../../core/zxid.ts";
import { freePorts, NO_APACHE, sleep, spawnApache, untilServing } from "../support/apache.ts";
import { startOnDisk } from "../support/disk-server.ts";
import { create, setData } from "../support/roles.ts";

const PROPERTIES = ["zookeeper.extendedTypesEnabled=true"];
const APACHE_MS = 120_000;

let dir: string;
let version2: string;

beforeEach(() => {
  dir = mkdtempSync(join(tmpdir(), "zootrope-interop-"));
  version2 = join(dir, "version-2");
  mkdirSync(version2);
});

afterEach(() => {
  rmSync(dir, { recursive: true });
});

if (NO_APACHE !== null) console.warn(`\nInterop of data directories SKIPPED: ${NO_APACHE}\n`);

const CASES: readonly (readonly [string, Partial<ServerOptions>, number])[] = [
  ["a log with room at its end", {}, 65_536],
  ["a log without", {}, 0],
  ["records and snapshots without digests", { digests: false }, 0],
  ["compressed snapshots (gz)", { snapshotSuffix: ".gz" }, 0],
  ["compressed snapshots (snappy)", { snapshotSuffix: ".snappy" }, 0],
];

test.skipIf(NO_APACHE !== null).each(CASES)(
  "Apache starts on what we wrote and has the same tree: %s",
  { timeout: APACHE_MS },
  async (_, changed, preAllocBytes) => {
    const options = { ...DEFAULT_OPTIONS, extendedTypes: true, ...changed };
    const ours = await startOnDisk(version2, {
      snapCount: 20,
      preAllocBytes,
      options,
      // Nothing may expire while Apache takes its time.
      maxSessionTimeoutMs: 60_000,
    });
    const conn = await ours.connect(60_000);
    const other = await ours.connect(60_000);
    for (const op of history()) await ours.request(conn, op);
    await ours.request(other, create("/of-another", 1));
    const { database } = ours.server;
    if (database === null) throw new Error("no database");
    await ours.close();

    const said = await runApache(
      changed.digests === false ? ["zookeeper.digest.enabled=false"] : [],
    );

    expect(said).toMatch(new RegExp(`highest zxid is ${formatZxid(database.lastZxid)},`));
    expect(said).not.toMatch(/Digests are not matching|First digest mismatch|problem reading/);
    if (options.digests) expect(said).toContain(`digest is ${treeDigest(database.tree)}`);
    // At its start it writes down what it has read, under that name, in plain.
    const theirs = await startOnDisk(version2, { options });
    expect(contentsOf(theirs.server.database)).toEqual(contentsOf(database));
    await theirs.close();
  },
);

test.skipIf(NO_APACHE !== null)(
  "we go on where Apache left off, and it where we did",
  { timeout: APACHE_MS },
  async () => {
    const first = await startOnDisk(version2);
    const conn = await first.connect(1000);
    await first.request(conn, create("/stays"));
    await first.request(conn, create("/goes", 1));
    await first.close();

    // The session expires there, which Apache writes to its own log.
    await runApache([], 6000);
    const second = await startOnDisk(version2);
    const { database } = second.server;
    expect(database?.sessions.size).toBe(0);
    expect(database?.tree.nodes.has("/stays")).toBe(true);
    expect(database?.tree.nodes.has("/goes")).toBe(false);
    await second.request(await second.connect(60_000), create("/more"));
    const zxid = formatZxid(second.server.database!.lastZxid);
    const digest = treeDigest(second.server.database!.tree);
    await second.close();

    const said = await runApache([]);

    expect(said).toContain(`highest zxid is ${zxid}, digest is ${digest}`);
    expect(said).not.toMatch(/Digests are not matching|First digest mismatch/);
  },
);

/** What Apache says while it starts on the directory, and until it is killed some ms later. */
async function runApache(properties: readonly string[], afterMs: number = 0): Promise<string> {
  rmSync(join(dir, "server.log"), { force: true });
  const [clientPort = 0] = await freePorts(1);
  const server = spawnApache({ dir, clientPort, properties: [...PROPERTIES, ...properties] });
  try {
    await untilServing(server);
    await sleep(afterMs);
  } finally {
    await server.stop("SIGKILL");
  }
  return readFileSync(join(dir, "server.log"), "utf8");
}

/** Every kind of znode and of change, errors included. */
function history(): Operation[] {
  const of = (type: 15 | 19 | 21, path: string, flags: number, ttlMs = -1): Operation => ({
    kind: "create",
    type,
    path,
    data: Uint8Array.from([0, 255, 128]),
    acl: OPEN_ACL,
    flags,
    ttlMs,
  });
  const ops: Operation[] = [
    create("/plain"),
    create("/plain"),
    create("/gone"),
    { kind: "delete", path: "/gone", version: -1 },
    of(15, "/plain/second", 0),
    of(19, "/container", 4),
    of(21, "/ttl", 5, 3_600_000),
    create("/mine", 1),
    create("/sequential-", 2),
    create("/ümläut-雪"),
    setData("/plain", "changed"),
    setData("/nowhere"),
    {
      kind: "setAcl",
      path: "/plain",
      acl: [{ perms: 1, scheme: "world", id: "anyone" }],
      version: -1,
    },
  ];
  for (let i = 0; i < 60; i++)
    ops.push(create(`/container/n-${i}`), setData(`/container/n-${i}`, "y"));
  return ops;
}

function contentsOf(database: Database | null): object {
  if (database === null) throw new Error("no database");
  const { tree } = database;
  const nodes = [...tree.nodes.keys()].sort().map((key) => {
    const path = pathOf(key);
    const data = tree.nodes.get(key)?.record.data ?? null;
    return [path, data === null ? null : [...data], statOf(tree, path), aclOf(tree, path)];
  });
  return { nodes, sessions: new Map(database.sessions), zxid: database.lastZxid };
}
