import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { Queue, QueueEvents } from "bullmq";
import { Redis } from "ioredis";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { carryOut } from "../../../runner/hunt/carry-out.ts";
import { createHunt, type Hunt, type HuntPlan } from "../../../runner/hunt/hunt.ts";
import { openQueue } from "../../../runner/hunt/queue-team.ts";
import { serveQueue } from "../../../runner/hunt/queue-worker.ts";
import { askerKey, HUNT_QUEUE } from "../../../runner/hunt/redis.ts";
import { workAlone, type Team } from "../../../runner/hunt/team.ts";
import { sleep } from "../../support/apache.ts";
import { hasRedis, startRedis, type RedisServer } from "../../support/redis.ts";

/*
 * Hunts over a real Redis (`apt-get install redis-server`), which is killed, as are workers. The command's own workers
 * need `npm run build`. What is compared is everything that a hunt reports but its time.
 */

const PATIENCE_MS = 180_000;
const PLAN: HuntPlan = {
  scenario: null,
  defects: ["ZOOKEEPER-1319"],
  keepGoing: true,
  first: 1,
  last: 80,
};

const isRequired = Boolean(process.env["CI"]);
const redisTests = hasRedis() || isRequired ? describe : describe.skip;

redisTests("a hunt over a queue", { timeout: PATIENCE_MS }, () => {
  let redis: RedisServer;
  let local: ReturnType<typeof whatWasFound>;
  const ends: AbortController[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    local = whatWasFound(await hunted(PLAN, workAlone()));
  }, PATIENCE_MS);

  afterAll(async () => {
    for (const end of ends) end.abort();
    await redis.remove();
  });

  /** A worker in this process, until the end of the test. */
  function work(tell: (text: string) => void = () => undefined): Promise<void> {
    const end = new AbortController();
    ends.push(end);
    const onProgress = (): void => undefined;
    return serveQueue(redis.url, workAlone(), { signal: end.signal, tell, onProgress });
  }

  async function dismiss(): Promise<void> {
    for (const end of ends.splice(0)) end.abort();
    await sleep(100);
  }

  test("there is something to find", () => {
    expect(local.runs).toBe(80);
    expect(local.found.length).toBeGreaterThan(0);
  });

  test("four workers, one of them killed in the middle of a batch, find what one machine finds", async () => {
    const workers = Array.from({ length: 4 }, () => startWorker(redis.url));
    const events = new QueueEvents(HUNT_QUEUE, { connection: { url: redis.url } });
    const stalled: string[] = [];
    events.on("stalled", ({ jobId }) => stalled.push(jobId));
    const team = openQueue(redis.url, () => undefined);
    try {
      const hunting = hunted(PLAN, team);
      await allAtWork(redis.url, 4);
      workers[0]?.kill("SIGKILL");
      const hunt = await hunting;

      expect(whatWasFound(hunt)).toEqual(local);
      // On a machine that is busy enough, a living one may seem dead too.
      expect(stalled.length).toBeGreaterThan(0);
      expect(await jobsLeft(redis.url)).toBe(0);
    } finally {
      await team.close();
      await events.close();
      await Promise.all(workers.map(stopWorker));
    }
  });

  test("Redis dies in the middle and comes back knowing nothing: that is said, and nothing is lost", async () => {
    const said: string[] = [];
    const team = openQueue(redis.url, (text) => said.push(text));
    const working = work();
    let runsAtDeath = 0;
    const outage = async (hunt: Hunt): Promise<void> => {
      if (runsAtDeath > 0 || hunt.runs < 20) return;
      runsAtDeath = hunt.runs;
      await redis.kill();
      await sleep(1500);
      await redis.start();
    };

    const hunt = await hunted(PLAN, team, (current) => void outage(current));
    await team.close();
    await dismiss();
    await working;

    expect(whatWasFound(hunt)).toEqual(local);
    expect(runsAtDeath).toBeLessThan(80);
    expect(said).toEqual([
      expect.stringMatching(/^Redis at 127.0.0.1:\d+ .*: waiting for it$/),
      expect.stringMatching(/^Redis at 127.0.0.1:\d+ is there: going on$/),
    ]);
  });

  test("two hunts at one Redis do not mix", async () => {
    const working = [work(), work()];
    const teams = [openQueue(redis.url, () => undefined), openQueue(redis.url, () => undefined)];
    const sound: HuntPlan = { ...PLAN, defects: [], last: 24 };

    const [buggy, fixed] = await Promise.all([
      hunted({ ...PLAN, last: 24 }, teams[0] ?? workAlone()),
      hunted(sound, teams[1] ?? workAlone()),
    ]);
    await Promise.all(teams.map((team) => team.close()));
    await dismiss();
    await Promise.all(working);

    expect(buggy?.found.size).toBeGreaterThan(0);
    expect(fixed?.found.size).toBe(0);
    expect([buggy?.runs, fixed?.runs]).toEqual([24, 24]);
  });

  test("the first finding ends a hunt, with the seed that a search in order would have met first", async () => {
    const plan = { ...PLAN, keepGoing: false };
    const working = [work(), work()];
    const team = openQueue(redis.url, () => undefined);

    const hunt = await hunted(plan, team);
    await team.close();
    const left = await jobsLeft(redis.url);
    await dismiss();
    await Promise.all(working);

    expect(whatWasFound(hunt)).toEqual(whatWasFound(await hunted(plan, workAlone())));
    expect(left).toBeLessThanOrEqual(2);
  });

  test("a batch that nobody waits for any more is not run", async () => {
    const queue = new Queue(HUNT_QUEUE, { connection: { url: redis.url } });
    const { keepGoing: _, ...job } = PLAN;
    const batch = { ...job, last: 1_000_000_000, stopsAtFinding: false };
    await queue.add("batch", { batch, asker: "somebody-gone" }, { jobId: "gone" });
    const working = work();
    while ((await queue.getCompletedCount()) === 0) await sleep(50);

    const done = await queue.getJob("gone");

    expect(done?.returnvalue).toBeNull();
    await queue.obliterate({ force: true });
    await queue.close();
    await dismiss();
    await working;
  });

  test("what cannot be run is said once, and ends the hunt", async () => {
    const working = work();
    const team = openQueue(redis.url, () => undefined);

    await expect(hunted({ ...PLAN, scenario: "name: [", last: 3 }, team)).rejects.toThrow(
      /seeds 1 to 3: scenario:1:\d+ +not valid YAML/,
    );

    await team.close();
    await dismiss();
    await working;
  });

  test("whoever hunts is told that nobody works", async () => {
    const said: string[] = [];
    const team = openQueue(redis.url, (text) => said.push(text));
    const hunting = hunted({ ...PLAN, last: 8 }, team);

    while (said.length === 0) await sleep(100);
    const working = work();
    const hunt = await hunting;
    await team.close();
    await dismiss();
    await working;

    expect(said).toEqual([expect.stringContaining("start some with zootrope worker --queue")]);
    expect(hunt.runs).toBe(8);
  });

  test("a hunt keeps its key alive, and takes it away at its end", async () => {
    const client = new Redis(redis.url);
    const team = openQueue(redis.url, () => undefined);
    const working = work();
    const hunting = hunted({ ...PLAN, last: 60 }, team);
    const keys = await vi.waitUntil(
      async () => {
        const found = await client.keys(askerKey("*"));
        return found.length > 0 ? found : null;
      },
      { timeout: 10_000, interval: 5 },
    );
    await hunting;
    await team.close();

    expect(keys).toHaveLength(1);
    expect(await client.keys(askerKey("*"))).toEqual([]);
    client.disconnect();
    await dismiss();
    await working;
  });
});

async function hunted(
  plan: HuntPlan,
  team: Team,
  onProgress: (hunt: Hunt) => void = () => undefined,
): Promise<Hunt> {
  const hunt = createHunt(plan);
  await carryOut(hunt, team, {
    untilMs: Infinity,
    signal: new AbortController().signal,
    onProgress: () => onProgress(hunt),
  });
  return hunt;
}

function whatWasFound({ runs, events, faults, coverage, found }: Hunt): {
  readonly runs: number;
  readonly found: readonly unknown[];
} & Record<string, unknown> {
  return { runs, events, faults, coverage, found: [...found.values()] };
}

function startWorker(url: string): ChildProcess {
  const words = ["dist/cli/main.js", "worker", "--queue", url, "--workers", "1"];
  return spawn(process.execPath, words, { stdio: "ignore" });
}

async function stopWorker(worker: ChildProcess): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return;
  const gone = once(worker, "exit");
  worker.kill("SIGTERM");
  await gone;
}

async function allAtWork(url: string, count: number): Promise<void> {
  const queue = new Queue(HUNT_QUEUE, { connection: { url } });
  while ((await queue.getActiveCount()) < count) await sleep(5);
  await queue.close();
}

async function jobsLeft(url: string): Promise<number> {
  const queue = new Queue(HUNT_QUEUE, { connection: { url } });
  const counts = await queue.getJobCounts("waiting", "active", "delayed", "completed", "failed");
  await queue.close();
  return Object.values(counts).reduce((sum, count) => sum + count, 0);
}
