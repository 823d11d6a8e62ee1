/**
 * A million znodes of 100 bytes: how long a snapshot of them takes to be written in steps, and how long it takes to
 * be loaded again, through a real disk.
 *
 *   tsx bench/load.ts [znodes]
 */
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DEFAULT_OPTIONS } from "../core/options.ts";
import type { SessionId } from "../core/session/session-id.ts";
import { planRecovery, recover } from "../core/storage/recovery.ts";
import {
  beginSnapshot,
  continueSnapshot,
  sealSnapshot,
  takeChunks,
} from "../core/storage/snapshot-file.ts";
import { encodeTxn } from "../core/storage/txn-record.ts";
import { OPEN_ACL } from "../core/tree/acl.ts";
import { applyToDatabase, createDatabase, type Database } from "../core/tree/database.ts";
import { OpCode } from "../core/txn.ts";
import { toZxid } from "../core/zxid.ts";
import { openDisk, type Disk, type DiskEvent } from "../server/disk/disk.ts";

const STEP_NODES = 1000;
/** Children of one znode. */
const WIDTH = 1000;
const DATA_BYTES = 100;
const SNAPSHOT = "snapshot.1";

const count = Number(process.argv[2] ?? 1_000_000);
const directory = mkdtempSync(join(tmpdir(), "zootrope-load-"));
let answered: (event: DiskEvent) => void = () => {};
const disk: Disk = openDisk({
  snapDir: directory,
  logDir: directory,
  onEvent: (event) => {
    answered(event);
  },
});

try {
  const grown = measured("grow the tree", () => grow(count));
  await writeSnapshot(grown);
  grown.tree.nodes.clear();
  await load();
} finally {
  await disk.close();
  rmSync(directory, { recursive: true });
}

async function writeSnapshot(database: Database): Promise<void> {
  const writer = beginSnapshot(database);
  const beganMs = performance.now();
  let longestMs = 0;
  disk.perform({ kind: "write", file: SNAPSHOT, bytes: new Uint8Array(0) });
  for (let done = false; !done;) {
    const stepMs = performance.now();
    done = continueSnapshot(writer, database, STEP_NODES);
    if (done) sealSnapshot(writer, database);
    if (done || writer.chunkBytes > 1 << 20) {
      disk.perform({ kind: "extend", file: SNAPSHOT, bytes: takeChunks(writer) });
    }
    longestMs = Math.max(longestMs, performance.now() - stepMs);
    await new Promise((later) => setImmediate(later));
  }
  disk.perform({ kind: "sync", files: [SNAPSHOT], ticket: 1 });
  await answer();
  const tookMs = Math.round(performance.now() - beganMs);
  console.log(`write and sync: ${tookMs} ms, longest step ${longestMs.toFixed(1)} ms`);
}

async function load(): Promise<void> {
  const beganMs = performance.now();
  disk.perform({ kind: "read", files: [SNAPSHOT], ticket: 2 });
  const event = await answer();
  if (event.kind !== "read") throw new Error(event.kind);
  const readMs = performance.now() - beganMs;
  const files = event.files.map(({ name, bytes }) => ({ name, lengthBytes: bytes.length }));
  const options = { commitLogCount: 500, emptyMayVote: true, options: DEFAULT_OPTIONS };
  const recovery = recover(planRecovery(files, new Map()), event.files, options);
  if (recovery.kind !== "recovered") throw new Error(recovery.kind);
  const tookMs = performance.now() - beganMs;
  const { size } = statSync(join(directory, SNAPSHOT));
  console.log(
    `load ${recovery.database.tree.nodes.size} znodes, ${size >> 20} MiB: ${Math.round(tookMs)} ms, ` +
      `${Math.round(readMs)} of them reading; peak ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`,
  );
}

function grow(znodes: number): Database {
  const database = createDatabase();
  const data = new Uint8Array(DATA_BYTES).fill(0x61);
  for (let i = 0; i < znodes; i++) {
    const parent = Math.floor(i / WIDTH);
    const path = i % WIDTH === 0 ? `/node-${parent}` : `/node-${parent}/child-${i}`;
    const header = {
      clientId: 1n as SessionId,
      cxid: i,
      zxid: toZxid(BigInt(i + 1)),
      timeMs: 1_700_000_000_000 + i,
      type: OpCode.create,
    };
    const body = {
      kind: "create",
      path,
      data: data.slice(),
      acl: OPEN_ACL,
      ephemeral: false,
      parentCversion: (i % WIDTH) + 1,
    } as const;
    applyToDatabase(database, encodeTxn(header, body, null), 500);
  }
  return database;
}

function measured<Value>(what: string, work: () => Value): Value {
  const beganMs = performance.now();
  const value = work();
  console.log(`${what}: ${Math.round(performance.now() - beganMs)} ms`);
  return value;
}

function answer(): Promise<DiskEvent> {
  return new Promise((done) => {
    answered = done;
  });
}
