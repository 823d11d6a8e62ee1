import { ACL, CreateMode } from "node-zookeeper-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  createEnsemble,
  endEnsemble,
  endMember,
  leaderOf,
  memberOf,
  startMember,
  startTogether,
  untilAllServe,
  type LiveEnsemble,
} from "../support/live-ensemble.ts";
import { answered, nodeClient, watching } from "../support/node-client.ts";
import { CLI_MT, NO_CLIENTS, runProgram, startKazoo, ZK_CLI } from "../support/program.ts";

/** Client libraries that are given the addresses of three of ours, while leaders are killed. */

if (NO_CLIENTS !== null) console.warn(`\nFailover of kazoo and others SKIPPED: ${NO_CLIENTS}\n`);

const PATIENCE_MS = 180_000;

let ensemble: LiveEnsemble;
let hosts = "";

beforeAll(async () => {
  ensemble = await createEnsemble(
    [1, 2, 3].map((sid) => ({ sid, kind: "ours" as const })),
    { lines: ["maxSessionTimeout=60000"] },
  );
  hosts = ensemble.members.map(({ clientPort }) => `127.0.0.1:${clientPort}`).join(",");
  await startTogether(ensemble, memberOf(ensemble, 3));
}, PATIENCE_MS);

afterAll(async () => {
  await endEnsemble(ensemble);
}, PATIENCE_MS);

describe("when leaders are killed", { timeout: PATIENCE_MS }, () => {
  test("node-zookeeper-client keeps its session, its ephemeral and its watch", async () => {
    const client = await nodeClient(hosts);
    const { watcher, next } = watching();
    const { PERSISTENT, EPHEMERAL } = CreateMode;
    await create(client, "/watched-here", PERSISTENT);
    await create(client, "/mine", EPHEMERAL);
    await answered((answer) => {
      client.getData("/watched-here", watcher, answer);
    });
    const sessionId = client.getSessionId().toString("hex");

    await killLeader();
    const other = await nodeClient(hosts);
    await answered((answer) => {
      other.setData("/watched-here", Buffer.from("later"), -1, answer);
    });

    expect(await next()).toEqual([3, "/watched-here"]);
    expect(client.getSessionId().toString("hex")).toBe(sessionId);
    const seen = await answered((answer) => {
      other.exists("/mine", () => {}, answer);
    });
    expect(seen).toMatchObject({ version: 0 });
    client.close();
    other.close();
  });

  test.skipIf(NO_CLIENTS !== null)(
    "kazoo keeps its session and its ephemeral, and loses nothing that was answered",
    async () => {
      const wanderer = startKazoo("wander", hosts);
      await wanderer.until(/session [0-9a-f]+\n/);
      const session = /session ([0-9a-f]+)/.exec(wanderer.said())?.[0] ?? "";
      wanderer.say("set /watched first");
      await wanderer.until("set /watched");
      await wanderer.until("event CHANGED /watched");

      for (const value of ["second", "third"]) {
        await killLeader();
        wanderer.say("get /watched");
        await wanderer.until(`data ${value === "second" ? "first" : "second"}\n`);
        wanderer.say(`set /watched ${value}`);
        wanderer.say("get /watched");
        await wanderer.until(`data ${value}\n`);
      }
      wanderer.say("session");
      wanderer.say("owner");
      await wanderer.until("owner mine");
      const out = wanderer.said();
      wanderer.end();
      await wanderer.ended;

      expect(out).not.toContain("LOST");
      expect(out.split("\n").filter((line) => line === session)).toHaveLength(2);
    },
  );

  test.skipIf(NO_CLIENTS !== null)(
    "zkCli.sh and the C client, given all the addresses, find the two that are left",
    async () => {
      const killed = await leaderOf(ensemble);
      await endMember(killed);
      await leaderOf(ensemble);

      const cli = await runProgram(
        ZK_CLI,
        ["-server", hosts],
        ["ls /", "create /by-cli x", "quit"],
      );
      const c = await runProgram(CLI_MT, ["-h", hosts, "-c", "get /by-cli"]);
      startMember(ensemble, killed);

      expect(cli.err).toContain("Created /by-cli");
      expect(c.err).toContain("/by-cli: rc = 0");
    },
  );
});

/** Kills the leader; comes back when another leads and the dead one serves again. */
async function killLeader(): Promise<void> {
  const leader = await leaderOf(ensemble);
  await endMember(leader);
  await leaderOf(ensemble);
  startMember(ensemble, leader);
  await untilAllServe(ensemble);
}

function create(
  client: Awaited<ReturnType<typeof nodeClient>>,
  path: string,
  mode: number,
): Promise<string> {
  return answered((answer) => {
    client.create(path, Buffer.from("x"), ACL.OPEN_ACL_UNSAFE, mode, answer);
  });
}
