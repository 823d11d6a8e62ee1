import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, freePorts, sleep } from "../support/apache.ts";
import { readCapture, replay, type Capture } from "../support/capture-replay.ts";
import { clientCaptureNames } from "../support/captures.ts";
import { ensembleCapture, type ThisRun } from "../support/ensemble-capture.ts";
import {
  newDirectory,
  recordedPlan,
  startFrom,
  startHere,
  type ServerHere,
} from "../support/live-server.ts";
import { rawClient, type RawClient } from "../support/raw-client.ts";

/**
 * The conversations recorded with three Apache ZooKeepers, said again to three of ours in the order in which they were
 * recorded, so that even zxids must be the same. The tests are chapters of one ensemble's life: each begins where the
 * one before it ended.
 */

const SIDS = [1, 2, 3] as const;
type Sid = (typeof SIDS)[number];

const PATIENCE_MS = 90_000;
const { dir, remove } = newDirectory();
const ports = new Map<number, readonly number[]>();
const running = new Map<Sid, ServerHere>();
/** Conversations that were played. */
const names = new Set<string>();

beforeAll(async () => {
  const free = await freePorts(9);
  for (const sid of SIDS) ports.set(sid, free.slice(3 * sid - 3, 3 * sid));
  await startAll([3, 2, 1]);
}, PATIENCE_MS);

afterAll(async () => {
  await stopAll();
  remove();
});

describe("three of ours answer as three of Apache's did", { timeout: PATIENCE_MS }, () => {
  /** It holds the session that the recorded ensemble let expire at the end of the chapter. */
  let heir: RawClient | null = null;

  test.each(["ensemble-config-node", "follower-session-expired-elsewhere", "follower-zxid-ahead"])(
    "%s",
    async (name) => {
      expect(await played(name)).toEqual([]);
    },
  );

  test("follower-ops", async () => {
    const learnt = new Map<string, Uint8Array>();

    expect(await played("follower-ops", {}, learnt)).toEqual([]);

    const [sessionId, password] = [...learnt.values()];
    if (sessionId === undefined || password === undefined) throw new Error("no session");
    heir = await rawClient(clientPort(1), {
      sessionId: Buffer.from(sessionId).readBigInt64BE() as RawClient["sessionId"],
      password,
    });
  });

  test.each(["session-moved", "session-moved-follower-to-follower", "reconfig"])(
    "%s",
    async (name) => {
      expect(await played(name)).toEqual([]);
    },
  );

  test("readonly-mode: server 1 without the others", async () => {
    expect(await heir?.ask({ kind: "closeSession" })).toMatchObject({ zxid: 0x100000028n });
    await stopOne(3);
    await stopOne(2);
    await until(async () => (await ask(clientPort(1), "isro")) === "ro");

    expect(await played("readonly-mode")).toEqual([]);
  });

  test("readonly-mode-local-session: server 1 without the others, and with local sessions", async () => {
    await stopOne(1);
    await startOne(1, LOCAL_SESSIONS);
    await until(async () => (await ask(clientPort(1), "isro")) === "ro");

    expect(await played("readonly-mode-local-session")).toEqual([]);
  });

  test("local-session: all three again, with local sessions", async () => {
    await startAll([3, 2], LOCAL_SESSIONS);

    expect(await played("local-session")).toEqual([]);
  });

  test("reconfig-no-quorum, two epochs earlier than recorded", async () => {
    await stopAll();
    await startAll([3, 2, 1]);

    expect(await played("reconfig-no-quorum", { epoch: { recorded: 5, now: 3 } })).toEqual([]);
  });
});

test("no recorded conversation with an ensemble is left out", () => {
  const recorded = clientCaptureNames().filter((name) => !isStandalone(name));

  expect([...names].toSorted()).toEqual(recorded);
});

const LOCAL_SESSIONS: readonly string[] = ["localSessionsEnabled=true"];

async function played(
  name: string,
  run: Omit<ThisRun, "ports"> = {},
  learnt: Map<string, Uint8Array> = new Map(),
): Promise<Awaited<ReturnType<typeof replay>>> {
  names.add(name);
  const capture: Capture = ensembleCapture(name, { ports, ...run });
  return await replay(capture, (label) => clientPort(sidOf(label)), {}, learnt);
}

/** Labels of connections name the server that they went to; server 3 led. */
function sidOf(label: string): Sid {
  if (label.startsWith("follower2")) return 2;
  if (label.startsWith("follower") || ["rw", "old", "ro"].includes(label)) return 1;
  return 3;
}

function isStandalone(name: string): boolean {
  return readCapture(name).topology === "standalone";
}

function clientPort(sid: Sid): number {
  return ports.get(sid)?.[2] ?? 0;
}

/** In this order; the first two elect the greater of them. Resolves when all serve. */
async function startAll(sids: readonly Sid[], lines: readonly string[] = []): Promise<void> {
  for (const sid of sids) {
    await startOne(sid, lines);
    if (running.size >= 2) await until(async () => await isServing(sid));
  }
  for (const sid of running.keys()) await until(async () => await isServing(sid));
}

/** A server that was there before keeps the zoo.cfg that reconfigurations have written, and is told more in it. */
async function startOne(sid: Sid, lines: readonly string[] = []): Promise<void> {
  const base = recordedPlan({});
  const plan = {
    dir: join(dir, String(sid)),
    clientPort: clientPort(sid),
    myid: sid,
    lines: [...base.lines, "initLimit=10", "syncLimit=5", ...memberLines()],
    properties: [...base.properties, "readonlymode.enabled=true"],
  };
  const file = join(plan.dir, "zoo.cfg");
  if (!existsSync(file)) {
    running.set(sid, await startHere(plan));
    return;
  }
  const kept = readFileSync(file, "utf8").split("\n");
  const text = kept.filter((line) => !LOCAL_SESSIONS.includes(line)).concat(lines, "");
  writeFileSync(file, text.join("\n"));
  running.set(sid, await startFrom(file, plan));
}

function memberLines(): string[] {
  return [...ports].map(
    ([sid, [quorum, election, client]]) =>
      `server.${sid}=127.0.0.1:${quorum}:${election}:participant;127.0.0.1:${client}`,
  );
}

async function stopOne(sid: Sid): Promise<void> {
  await running.get(sid)?.stop();
  running.delete(sid);
}

async function stopAll(): Promise<void> {
  await Promise.all([...running.keys()].map(stopOne));
}

async function isServing(sid: Sid): Promise<boolean> {
  return /^Mode: (leader|follower)$/m.test(await ask(clientPort(sid), "srvr"));
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000;
  while (!(await isSo().catch(() => false))) {
    if (Date.now() > deadline) throw new Error("it never came to be");
    await sleep(50);
  }
}
