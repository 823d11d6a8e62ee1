import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ErrorCode } from "../../core/request/error-code.ts";
import type { Operation, ReconfigOp, Reply } from "../../core/request/operation.ts";
import {
  ask,
  freePorts,
  modeOf,
  NO_APACHE,
  sleep,
  spawnApache,
  spawnZootrope,
  untilServing,
  type LiveServer,
} from "../support/apache.ts";
import { rawClient, type RawClient } from "../support/raw-client.ts";

/**
 * One story of an ensemble that changes while it serves: a fourth server joins and is promoted, a follower and then
 * the leader are removed, a client port moves, all members are named anew, everybody starts again from the files.
 * It is told by servers of ours alone and in company of Apache's, who then leads or follows: the first two casts,
 * or as many as ZT_RECONFIG_CASTS says (1 … 3). ZT_KEEP=1 leaves the servers' directories and logs behind.
 */

if (NO_APACHE !== null) console.warn(`\nReconfiguration with Apache SKIPPED: ${NO_APACHE}\n`);

/** Who plays server 1, 2, 3 and 4. On empty disks, server 3 leads first. */
const CASTS: readonly { readonly title: string; readonly apaches: readonly number[] }[] = [
  { title: "ours alone", apaches: [] },
  { title: "ours, led by Apache", apaches: [3] },
  { title: "ours and Apache's, led by ours", apaches: [1, 4] },
];

const CASTS_MAX = Number(process.env["ZT_RECONFIG_CASTS"] ?? 2);
const WAIT_MS = 60_000;
const TEST_MS = 120_000;
const SUPER =
  "zookeeper.DigestAuthenticationProvider.superDigest=super:lK75jTNcA+U9vtVEw5vB51mj/w4=";

for (const { title, apaches } of CASTS.slice(0, CASTS_MAX)) {
  describe.skipIf(apaches.length > 0 && NO_APACHE !== null)(`an ensemble of ${title}`, () => {
    const root = mkdtempSync(join(tmpdir(), "zootrope-reconfig-"));
    const servers = new Map<number, LiveServer>();
    let ports: number[] = [];
    let admin: RawClient;
    let version = "";

    /** `host:quorumPort:electionPort:role;host:clientPort` of one of the four. */
    const line = (sid: number, role = "participant", clientPort = portOf(sid)): string => {
      const [quorum, election] = [ports[sid * 3 + 1], ports[sid * 3 + 2]];
      return `server.${sid}=127.0.0.1:${quorum}:${election}:${role};127.0.0.1:${clientPort}`;
    };
    const portOf = (sid: number): number => ports[sid * 3] as number;
    const start = (sid: number, lines: readonly string[], keepConfig = false): void => {
      const spawn = apaches.includes(sid) ? spawnApache : spawnZootrope;
      const server = spawn({
        dir: join(root, String(sid)),
        clientPort: servers.get(sid)?.clientPort ?? portOf(sid),
        myid: sid,
        lines: ["initLimit=10", "syncLimit=5", "reconfigEnabled=true", ...lines],
        properties: [SUPER],
        keepConfig,
      });
      servers.set(sid, server);
    };
    const server = (sid: number): LiveServer => servers.get(sid) as LiveServer;
    const file = (sid: number, name: string): string =>
      readFileSync(join(root, String(sid), name), "utf8");
    const reconfigure = async (change: Partial<ReconfigOp>): Promise<Reply> =>
      await admin.ask({
        kind: "reconfig",
        joining: null,
        leaving: null,
        members: null,
        fromVersion: -1n,
        ...change,
      });
    /** Puts a new configuration in force, and waits until all of `sids` show it. */
    const change = async (how: Partial<ReconfigOp>, sids: readonly number[]): Promise<string> => {
      const text = dataOf(await reconfigure(how));
      version = /version=(\w+)$/.exec(text)?.[1] ?? "";
      for (const sid of sids)
        await until(
          `server ${sid} shows ${version}`,
          async () => (await configOf(server(sid))) === text,
        );
      return text;
    };

    beforeAll(async () => {
      ports = await freePorts(16);
      const founders = [1, 2, 3].map((sid) => line(sid));
      // Two of them are a quorum, which the larger one leads; the third comes to that.
      for (const sid of [1, 3]) start(sid, founders);
      for (const sid of [1, 3]) await untilServing(server(sid));
      start(2, founders);
      await untilServing(server(2));
      admin = await superClient(portOf(2));
    }, TEST_MS);

    afterAll(async () => {
      for (const each of servers.values()) await each.stop("SIGKILL");
      if (process.env["ZT_KEEP"] === undefined) rmSync(root, { recursive: true, force: true });
      else console.log(root);
    });

    test(
      "its first leader makes the configuration of the files the first version",
      async () => {
        const text = `${[1, 2, 3].map((sid) => line(sid)).join("\n")}\nversion=100000000`;

        for (const sid of [1, 2, 3]) {
          expect(await configOf(server(sid))).toBe(text);
          expect(await modeOf(server(sid))).toBe(sid === 3 ? "leader" : "follower");
          expect(linesOf(file(sid, "zoo.cfg.dynamic.100000000"))).toEqual(
            [1, 2, 3].map((s) => line(s)),
          );
          expect(file(sid, "zoo.cfg.bak")).toContain(line(1));
          expect(file(sid, "zoo.cfg")).not.toContain("server.1=");
          expect(file(sid, "zoo.cfg")).not.toContain("clientPort=");
        }
      },
      TEST_MS,
    );

    test(
      "what cannot be is refused",
      async () => {
        const plain = await rawClient(portOf(1));
        const refusals: [Partial<ReconfigOp>, number][] = [
          [{ leaving: "1", fromVersion: 7n }, ErrorCode.badVersion],
          [{ joining: "server.9" }, ErrorCode.badArguments],
          [{ joining: "server.9=127.0.0.1:1:2" }, ErrorCode.badArguments],
          [{ leaving: "1,2,3" }, ErrorCode.badArguments],
          [{ members: "junk" }, ErrorCode.badArguments],
          [
            { members: `${line(3)},server.8=h:1:2;3,server.9=h:4:5;6` },
            ErrorCode.newConfigNoQuorum,
          ],
        ];
        for (const [op, err] of refusals) expect((await reconfigure(op)).err).toBe(err);
        const unprivileged = {
          kind: "reconfig",
          joining: null,
          leaving: "1",
          members: null,
          fromVersion: -1n,
        } as const;
        expect((await plain.ask(unprivileged)).err).toBe(ErrorCode.noAuth);
        plain.hangUp();
      },
      TEST_MS,
    );

    test(
      "a fourth joins as an observer, then votes",
      async () => {
        start(4, [...[1, 2, 3].map((sid) => line(sid)), line(4, "observer")]);
        await untilServing(server(4));

        const text = await change({ joining: line(4, "observer") }, [1, 2, 3, 4]);
        expect(text).toContain(line(4, "observer"));
        await untilMode(server(4), "observer");

        await change({ joining: line(4) }, [1, 2, 3, 4]);
        await untilMode(server(4), "follower");
        expect(linesOf(file(4, `zoo.cfg.dynamic.${version}`))).toEqual(
          [1, 2, 3, 4].map((sid) => line(sid)),
        );
        expect(readdirSync(join(root, "4"))).not.toContain("zoo.cfg.dynamic.next");
        await created(admin, "/four");
      },
      TEST_MS,
    );

    test(
      "a follower leaves, and the others go on without it",
      async () => {
        expect(await change({ leaving: "1" }, [2, 3, 4])).not.toContain("server.1=");
        await server(1).stop();
        await created(admin, "/without-1");
      },
      TEST_MS,
    );

    test(
      "the leader leaves, and one of the others leads",
      async () => {
        admin.hangUp();
        admin = await superClient(portOf(4));

        await change({ leaving: "3" }, [2, 4]).catch(() => "");
        await until("another leads", async () =>
          (await Promise.all([2, 4].map((sid) => modeOf(server(sid))))).includes("leader"),
        );
        await server(3).stop();
        await until("it serves", async () => {
          admin.hangUp();
          admin = await superClient(portOf(4));
          return (await admin.ask({ kind: "exists", path: "/four", watch: false })).err === 0;
        });
        await created(admin, "/without-3");
        for (const sid of [2, 4]) expect(await configOf(server(sid))).not.toContain("server.3=");
      },
      TEST_MS,
    );

    test(
      "a client port moves, and who is connected stays connected",
      async () => {
        const moved = ports[15] as number;
        const stays = await rawClient(portOf(2));

        await change({ joining: line(2, "participant", moved) }, [4]);

        servers.set(2, { ...server(2), clientPort: moved });
        await until("it listens", async () => (await ask(moved, "srvr").catch(() => "")) !== "");
        await expect(ask(portOf(2), "srvr")).rejects.toThrow("ECONNREFUSED");
        await created(stays, "/on-the-old-connection");
        stays.hangUp();
      },
      TEST_MS,
    );

    test(
      "all members are named anew, and the removed ones come back",
      async () => {
        const all = [line(1), line(2, "participant", ports[15]), line(3), line(4)];
        for (const sid of [1, 3]) start(sid, all);
        for (const sid of [1, 3]) await untilServing(server(sid));

        const text = await change({ members: all.join(",") }, [1, 2, 3, 4]);

        expect(text).toBe(`${all.join("\n")}\nversion=${version}`);
      },
      TEST_MS,
    );

    test(
      "everybody starts again from the files",
      async () => {
        admin.hangUp();
        for (const each of servers.values()) await each.stop("SIGKILL");
        for (const sid of [1, 2, 3, 4]) start(sid, [], true);
        for (const sid of [1, 2, 3, 4]) await untilServing(server(sid));

        for (const sid of [1, 2, 3, 4]) {
          expect(await configOf(server(sid))).toContain(`version=${version}`);
          const client = await rawClient(server(sid).clientPort);
          expect((await client.ask({ kind: "exists", path: "/without-3", watch: false })).err).toBe(
            0,
          );
          client.hangUp();
        }
      },
      TEST_MS,
    );
  });
}

async function superClient(port: number): Promise<RawClient> {
  const client = await rawClient(port);
  const auth = new TextEncoder().encode("super:secret");
  await client.ask({ kind: "auth", scheme: "digest", auth });
  return client;
}

async function created(client: RawClient, path: string): Promise<void> {
  const acl = [{ perms: 31, scheme: "world", id: "anyone" }];
  const op: Operation = { kind: "create", type: 1, path, data: null, acl, flags: 0, ttlMs: -1 };
  expect((await client.ask(op)).err).toBe(ErrorCode.ok);
}

async function configOf({ clientPort }: LiveServer): Promise<string> {
  const client = await rawClient(clientPort);
  try {
    return dataOf(await client.ask({ kind: "getData", path: "/zookeeper/config", watch: false }));
  } finally {
    client.hangUp();
  }
}

function dataOf({ err, result }: Reply): string {
  expect(err).toBe(ErrorCode.ok);
  return result?.kind === "data" ? new TextDecoder().decode(result.data ?? undefined) : "";
}

function linesOf(text: string): string[] {
  return text
    .split("\n")
    .filter((each) => each !== "" && !each.startsWith("#"))
    .toSorted();
}

async function untilMode(server: LiveServer, mode: string): Promise<void> {
  await until(`it is ${mode}`, async () => (await modeOf(server)) === mode);
}

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + WAIT_MS;
  while (Date.now() < deadline) {
    if (await holds().catch(() => false)) return;
    await sleep(50);
  }
  throw new Error(`not within ${WAIT_MS} ms: ${what}`);
}
