/** A tree that is too large to be written at once, and the options of log and snapshots, on real files. */
import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { DEFAULT_OPTIONS } from "../../../core/options.ts";
import type { Operation } from "../../../core/request/operation.ts";
import { treeDigest } from "../../../core/tree/tree.ts";
import { startOnDisk } from "../../support/disk-server.ts";
import { create, setData } from "../../support/roles.ts";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "zootrope-large-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

test.each([["" as const], [".gz" as const]])(
  "a large tree is written in parts, while it changes, and read back as it was (%s)",
  async (snapshotSuffix) => {
    const limits = {
      snapCount: 60,
      snapshotStepNodes: 2,
      options: { ...DEFAULT_OPTIONS, snapshotSuffix },
    };
    const ours = await startOnDisk(directory, limits);
    const conn = await ours.connect();
    for (let i = 0; i < 120; i++) {
      await ours.request(conn, create(`/n-${i}`));
      await ours.request(conn, big(`/n-${i}`));
    }
    // As it is copied, lists appear that its table of ACLs has not.
    const acl = (id: string): Operation => ({
      kind: "setAcl",
      path: "/n-5",
      acl: [{ perms: 31, scheme: "ip", id }],
      version: -1,
    });
    for (let i = 1; i < 100; i++) await ours.request(conn, acl(`10.0.0.${i}`));
    while (ours.server.snapshotTask !== null) await new Promise((later) => setImmediate(later));
    const { tree, lastZxid } = ours.server.database!;
    await ours.close();

    const again = await startOnDisk(directory, limits);
    const { database, log } = again.server;
    expect(log.newestSnapshot).toBeGreaterThan(0n);
    expect(database?.lastZxid).toBe(lastZxid);
    expect(treeDigest(database!.tree)).toBe(treeDigest(tree));
    expect([...database!.tree.nodes.keys()].sort()).toEqual([...tree.nodes.keys()].sort());
    await again.close();

    const snapshots = readdirSync(directory).filter((name) => name.startsWith("snapshot."));
    expect(snapshots.every((name) => name.endsWith(snapshotSuffix))).toBe(true);
    if (snapshotSuffix === "") {
      const sizes = snapshots.map((name) => statSync(join(directory, name)).size);
      expect(Math.max(...sizes)).toBeGreaterThan(1 << 20);
    }
    expect(readdirSync(directory).filter((name) => name.startsWith("tmp."))).toEqual([]);
  },
);

test("a log file that is larger than it may be is closed, without a snapshot", async () => {
  const options = { ...DEFAULT_OPTIONS, logSizeBytes: 50_000 };
  const ours = await startOnDisk(directory, { options });
  const conn = await ours.connect();
  await ours.request(conn, create("/a"));
  for (let i = 0; i < 20; i++) await ours.request(conn, big("/a"));
  await ours.close();

  expect(logs().length).toBeGreaterThan(3);
  expect(readdirSync(directory).filter((name) => name.startsWith("snapshot."))).toHaveLength(1);
});

test("enough bytes of log call for a snapshot as enough transactions do", async () => {
  const options = { ...DEFAULT_OPTIONS, snapSizeBytes: 100_000 };
  const ours = await startOnDisk(directory, { options });
  const conn = await ours.connect();
  await ours.request(conn, create("/a"));
  for (let i = 0; i < 20; i++) await ours.request(conn, big("/a"));
  await ours.close();

  expect(
    readdirSync(directory).filter((name) => name.startsWith("snapshot.")).length,
  ).toBeGreaterThan(1);
});

function logs(): string[] {
  return readdirSync(directory).filter((name) => name.startsWith("log."));
}

function big(path: string): Operation {
  return setData(path, "x".repeat(20_000));
}
