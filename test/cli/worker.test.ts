import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { freePorts, sleep } from "../support/apache.ts";
import { hasRedis, startRedis, type RedisServer } from "../support/redis.ts";

/* The built command (`npm run build`) in processes of its own, with a real Redis between them. */

const redisTests = hasRedis() || process.env["CI"] ? describe : describe.skip;
const folder = mkdtempSync(join(tmpdir(), "zootrope-test-"));
const running: ChildProcess[] = [];

afterAll(() => {
  for (const child of running) child.kill("SIGKILL");
  rmSync(folder, { recursive: true });
});

redisTests("zootrope hunt --queue", { timeout: 120_000 }, () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis.remove());

  test("finds, shrinks and keeps what a hunt on one machine does", async () => {
    const words = ["hunt", "--defect", "1319", "--seeds", "1..200", "--json", "--corpus"];
    const worker = zootrope("worker", "--queue", redis.url, "--workers", "2");
    const remote = zootrope(...words, join(folder, "remote"), "--queue", redis.url);
    const local = zootrope(...words, join(folder, "local"), "--workers", "1");

    const [one, other] = await Promise.all([ended(remote), ended(local)]);
    worker.child.kill("SIGTERM");
    const stopped = await ended(worker);

    expect([one.code, other.code]).toEqual([1, 1]);
    expect(withoutTimes(one.out)).toEqual(
      withoutTimes(other.out.replaceAll("/local/", "/remote/")),
    );
    expect(stopped.code).toBe(0);
    expect(stopped.err).toMatch(
      /^working for hunts at 127.0.0.1:\d+.*\n\d+ runs, [1-9]\d* of them/,
    );
  });

  test("says that nobody works, and can be interrupted", async () => {
    const hunt = zootrope("hunt", "--queue", redis.url, "--corpus", join(folder, "none"), "--json");
    await said(hunt, "start some with zootrope worker --queue");
    hunt.child.kill("SIGINT");

    const { code, out } = await ended(hunt);

    expect(code).toBe(130);
    expect(JSON.parse(out)).toMatchObject({ found: false, runs: 0, interrupted: true });
  });
});

test("a hunt and a worker wait for a Redis that is not there, and can be interrupted", async () => {
  const [port = 0] = await freePorts(1);
  const url = `redis://127.0.0.1:${port}`;
  const hunt = zootrope("hunt", "--queue", url, "--corpus", join(folder, "none"), "--json");
  const worker = zootrope("worker", "--queue", url, "--workers", "1");
  await said(hunt, "waiting for it");
  await said(worker, "waiting for it");
  hunt.child.kill("SIGINT");
  worker.child.kill("SIGINT");

  expect((await ended(hunt)).code).toBe(130);
  expect((await ended(worker)).code).toBe(0);
}, 60_000);

test.each([
  [["worker", "--queue", "localhost"], "expected the address of a Redis such as redis://"],
  [["worker"], "required option '--queue <url>' not specified"],
  [["hunt", "--queue", "redis://x", "--workers", "2"], "--workers cannot stand beside --queue"],
])("zootrope %s is refused on one line", async (words, why) => {
  const { code, err } = await ended(zootrope(...words));

  expect(code).toBe(2);
  expect(err).toContain(why);
  expect(err.trimEnd().split("\n")).toHaveLength(1);
});

type Running = { readonly child: ChildProcess; out: string; err: string };

function zootrope(...words: readonly string[]): Running {
  const child = spawn(process.execPath, ["dist/cli/main.js", ...words]);
  running.push(child);
  const started: Running = { child, out: "", err: "" };
  child.stdout.on("data", (chunk) => (started.out += String(chunk)));
  child.stderr.on("data", (chunk) => (started.err += String(chunk)));
  return started;
}

async function ended(started: Running): Promise<{ code: number | null; out: string; err: string }> {
  if (started.child.exitCode === null) await once(started.child, "close");
  const { child, out, err } = started;
  return { code: child.exitCode, out, err };
}

async function said(started: Running, words: string): Promise<void> {
  while (!started.err.includes(words)) await sleep(50);
}

function withoutTimes(json: string): Record<string, unknown> {
  const {
    wallMs: _wall,
    runsPerSecond: _speed,
    ...rest
  } = JSON.parse(json) as Record<string, unknown>;
  return rest;
}
