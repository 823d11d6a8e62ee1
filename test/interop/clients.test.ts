import { ACL, CreateMode } from "node-zookeeper-client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  freePorts,
  NO_APACHE,
  spawnApache,
  untilServing,
  type LiveServer,
} from "../support/apache.ts";
import { newDirectory, startHere, type ServerHere } from "../support/live-server.ts";
import { answered, nodeClient, watching } from "../support/node-client.ts";
import {
  CLI_MT,
  NO_CLIENTS,
  runProgram,
  startKazoo,
  startProgram,
  ZK_CLI,
} from "../support/program.ts";

/**
 * The client libraries that people have, against a fresh server of ours: zkCli.sh, the C client, kazoo and
 * node-zookeeper-client. What Debian's packages bring does the same with a fresh Apache ZooKeeper, and the two must
 * print the same, but for times and session ids.
 */

const MISSING = NO_APACHE ?? NO_CLIENTS;
if (MISSING !== null) console.warn(`\nReal clients SKIPPED: ${MISSING}\n`);

const PATIENCE_MS = 120_000;
const LINES = ["extendedTypesEnabled=true", "initLimit=10", "syncLimit=5"];

const { dir, remove } = newDirectory();
let ours: ServerHere;

beforeAll(async () => {
  const [clientPort = 0] = await freePorts(1);
  ours = await startHere({ dir: `${dir}/ours`, clientPort, lines: LINES });
}, PATIENCE_MS);

afterAll(async () => {
  await ours.stop();
  remove();
});

describe.skipIf(MISSING !== null)("as with Apache ZooKeeper", { timeout: PATIENCE_MS }, () => {
  let apache: LiveServer;

  beforeAll(async () => {
    const [clientPort = 0] = await freePorts(1);
    apache = spawnApache({ dir: `${dir}/apache`, clientPort, lines: LINES });
    await untilServing(apache);
  }, PATIENCE_MS);

  afterAll(async () => {
    await apache.stop();
  });

  /** What a client does with ours, and with Apache's. */
  async function both<Result>(use: (hosts: string) => Promise<Result>): Promise<[Result, Result]> {
    return await Promise.all([use(hostOf(ours)), use(hostOf(apache))]);
  }

  test("zkCli.sh prints the same for a long script", async () => {
    const [found, expected] = await both(async (host) => {
      const { code, out, err } = await runProgram(ZK_CLI, ["-server", host], ZK_CLI_SCRIPT);
      return {
        code,
        ...withoutEvents(out),
        err: lastingLines(err).filter((line) => !line.startsWith("SLF4J")),
      };
    });

    expect(found).toEqual(expected);
    expect(found.err).toContain("Created /workers/q0000000001");
    expect(found.err).toContain("Node does not exist: /nothing");
    expect(found.events).toContain(
      "WatchedEvent state:SyncConnected type:NodeDataChanged path:/workers",
    );
  });

  test("zkCli.sh with one command prints the same and ends with the same code", async () => {
    for (const command of [
      ["ls", "/zookeeper"],
      ["get", "/no/such"],
    ]) {
      const [found, expected] = await both(async (host) => {
        const { code, out } = await runProgram(ZK_CLI, ["-server", host, ...command]);
        return { code, ...withoutEvents(out) };
      });

      expect(found).toEqual(expected);
    }
  });

  test("the C client prints the same, and sees what a second shell changes", async () => {
    const [found, expected] = await both(async (host) => {
      const first = startProgram(CLI_MT, ["-h", host]);
      await first.until("Got a new session id");
      for (const [line, answer] of CLI_MT_SCRIPT) {
        first.say(line);
        await first.until(answer);
      }
      const second = startProgram(CLI_MT, ["-h", host, "-c", "set /c second"]);
      await second.ended;
      await first.until("Watcher CHANGED_EVENT state = CONNECTED_STATE for path /c");
      first.say("quit");
      await first.ended;
      return lastingLines(first.said()).filter((line) => !/ZOO_|session id|^time/.test(line));
    });

    expect(found.toSorted()).toEqual(expected.toSorted());
  });

  test.each(["session", "recipes"])("kazoo prints the same: %s", async (script) => {
    const [found, expected] = await both(async (host) => await startKazoo(script, host).ended);

    expect(found).toEqual(expected);
    expect(found.code).toBe(0);
  });

  test("kazoo's ChildrenWatch has the list after each change that a shell makes", async () => {
    const [found, expected] = await both(async (host) => {
      const watch = startKazoo("children", host, "/MyPath");
      const shell = startProgram(ZK_CLI, ["-server", host]);
      for (const [index, list] of CHILDREN.entries()) {
        await watch.until(CHILDREN.slice(0, index + 1).join("\n"));
        const change = CHANGES[index];
        if (change !== undefined) shell.say(change);
        else expect(list).toBe("[]");
      }
      shell.say("quit");
      const [{ out }] = await Promise.all([watch.ended, shell.ended]);
      return out;
    });

    expect(found).toBe(`${CHILDREN.join("\n")}\n`);
    expect(found).toBe(expected);
  });

  test("kazoo's Election: when the leader is interrupted, another takes over", async () => {
    const run = (name: string) => startKazoo("election", hostOf(ours), "/electionpath", name);
    const first = run("first");
    await first.until("first leads");
    const others = [run("second"), run("third")];
    await Promise.all(
      others.map((each, index) => each.until(`${["second", "third"][index]} runs`)),
    );

    first.kill("SIGINT");
    await Promise.any(others.map((each) => each.until("leads")));

    const leading = others.filter((each) => each.said().includes("leads"));
    expect(leading).toHaveLength(1);
    leading[0]?.kill("SIGINT");
    const last = others.find((each) => !leading.includes(each));
    await last?.until("leads");
    last?.kill("SIGINT");
    await Promise.all([first, ...others].map(({ ended }) => ended));
  });
});

describe("node-zookeeper-client", { timeout: PATIENCE_MS }, () => {
  test("creates every kind of znode and is told what is wrong", async () => {
    const client = await nodeClient(hostOf(ours));
    const create = (path: string, mode: number): Promise<string> =>
      answered((answer) => {
        client.create(path, Buffer.from("x"), ACL.OPEN_ACL_UNSAFE, mode, answer);
      });

    const { PERSISTENT, EPHEMERAL, PERSISTENT_SEQUENTIAL, EPHEMERAL_SEQUENTIAL } = CreateMode;
    expect(await create("/node", PERSISTENT)).toBe("/node");
    expect(await create("/node/e", EPHEMERAL)).toBe("/node/e");
    expect(await create("/node/s-", PERSISTENT_SEQUENTIAL)).toBe("/node/s-0000000001");
    expect(await create("/node/s-", EPHEMERAL_SEQUENTIAL)).toBe("/node/s-0000000002");
    expect(await create("/node", PERSISTENT)).toBe("NODE_EXISTS");
    expect(await create("/node/e/below", PERSISTENT)).toBe("NO_CHILDREN_FOR_EPHEMERALS");
    expect(await create("/none/below", PERSISTENT)).toBe("NO_NODE");
    client.close();

    const other = await nodeClient(hostOf(ours));
    const children = await answered<readonly string[]>((answer) => {
      other.getChildren("/node", () => {}, answer);
    });
    expect(children).toEqual(["s-0000000001"]);
    other.close();
  });

  test("is told of changes once, by the numbers of the protocol", async () => {
    const client = await nodeClient(hostOf(ours));
    const { watcher, next } = watching();
    const data = Buffer.from("x");

    await answered((answer) => {
      client.exists("/seen", watcher, answer);
    });
    client.create("/seen", data, ACL.OPEN_ACL_UNSAFE, CreateMode.PERSISTENT, () => {});
    expect(await next()).toEqual([1, "/seen"]);
    await answered((answer) => {
      client.getData("/seen", watcher, answer);
    });
    client.setData("/seen", data, -1, () => {});
    expect(await next()).toEqual([3, "/seen"]);
    await answered((answer) => {
      client.getChildren("/seen", watcher, answer);
    });
    client.create("/seen/child", data, ACL.OPEN_ACL_UNSAFE, CreateMode.EPHEMERAL, () => {});
    expect(await next()).toEqual([4, "/seen"]);
    client.remove("/seen/child", -1, () => {});
    await answered((answer) => {
      client.exists("/seen", watcher, answer);
    });
    client.remove("/seen", -1, () => {});
    expect(await next()).toEqual([2, "/seen"]);
    client.close();
  });

  test("has its transactions whole or not at all, and its znodes for itself", async () => {
    const client = await nodeClient(hostOf(ours));
    const data = Buffer.from("x");

    const failure = await answered((answer) => {
      client.transaction().create("/whole", data).check("/", 99).commit(answer);
    });
    expect(failure).toBe("BAD_VERSION");
    const stat = await answered((answer) => {
      client.exists("/whole", () => {}, answer);
    });
    expect(stat).toBeNull();
    await answered((answer) => {
      client
        .transaction()
        .create("/whole", data)
        .create("/whole/part", data)
        .remove("/whole/part", -1)
        .commit(answer);
    });
    expect(
      await answered((answer) => {
        client.exists("/whole", () => {}, answer);
      }),
    ).toMatchObject({ numChildren: 0 });

    client.addAuthInfo("digest", Buffer.from("ann:secret"));
    await answered((answer) => {
      client.create("/mine", data, ACL.CREATOR_ALL_ACL, CreateMode.PERSISTENT, answer);
    });
    const other = await nodeClient(hostOf(ours));
    const theirs = await answered((answer) => {
      other.getData("/mine", () => {}, answer);
    });
    expect(theirs).toBe("NO_AUTH");
    client.close();
    other.close();
  });
});

const ZK_CLI_SCRIPT = [
  "ls /",
  'create /workers ""',
  "ls /",
  "get -s /workers",
  "set /workers busy",
  "get -w /workers",
  "set -s /workers idle",
  "create -e /workers/e data",
  "create -s /workers/q",
  "create -s -e /workers/q",
  "ls -s /workers",
  "ls -R /",
  "stat /workers/e",
  "getAcl /workers",
  "addauth digest bob:builder",
  "create /secret x auth::cdrwa",
  "getAcl -s /secret",
  "delete -v 5 /workers",
  "delete /workers",
  "get /nothing",
  "create /a/b/c",
  "setquota -n 2 /workers",
  "listquota /workers",
  "create -c /box",
  "create -t 100000 /ttl x",
  "config",
  "sync /",
  "getEphemerals",
  "getAllChildrenNumber /",
  "whoami",
  "removewatches /nothing",
  "addWatch -m PERSISTENT /workers",
  "create /workers/seen",
  "delete /workers/seen",
  "removewatches /workers",
  "reconfig -remove 1",
  "delquota /workers",
  "setAcl /workers world:anyone:r",
  "getAcl /workers",
  "create /workers/refused",
  "ls /",
  "quit",
];

/** What is typed, and what ends the answer to it. */
const CLI_MT_SCRIPT: readonly (readonly [string, string | RegExp])[] = [
  ["create /c", /\[\/c\]: rc = 0\s+name = \/c\n/],
  ["set /c first", /\/c: rc = 0/],
  ["create +e /c/e", "name = /c/e"],
  ["create +s /c/s-", "name = /c/s-0000000001"],
  ["create +es /c/es-", "name = /c/es-0000000002"],
  ["ls2 /c", /es-0000000002[^]*numChildren=3|es-0000000002[^]*time/],
  ["delete /c", /rc = -111/],
  ["get /absent", /\/absent: rc = -101/],
  ["exists /absent", "Error -101 for /absent"],
  ["get /c", /value_len = 5/],
];

const CHILDREN = [
  "[]",
  "['child1']",
  "['child1', 'child2']",
  "['child1', 'child2', 'child3']",
  "['child1', 'child2']",
  "['child1']",
  "[]",
];
const CHANGES = [
  "create /MyPath/child1",
  "create /MyPath/child2",
  "create /MyPath/child3",
  "delete /MyPath/child3",
  "delete /MyPath/child2",
  "delete /MyPath/child1",
];

function hostOf({ clientPort }: { readonly clientPort: number }): string {
  return `127.0.0.1:${clientPort}`;
}

/** Events are printed by another thread of zkCli.sh, anywhere between the lines of answers. */
function withoutEvents(out: string): {
  readonly lines: readonly string[];
  readonly events: readonly string[];
} {
  const lines = lastingLines(out).filter((line) => line !== "WATCHER::");
  const isEvent = (line: string): boolean => line.startsWith("WatchedEvent");
  return { lines: lines.filter((line) => !isEvent(line)), events: lines.filter(isEvent) };
}

/** Lines without times, session ids and ports; empty ones left out. */
function lastingLines(text: string): string[] {
  return text
    .replace(/\b([cm]time ?= ?).*$/gm, "$1TIME")
    .replace(/ephemeralOwner = 0x[0-9a-f]{2,}/g, "ephemeralOwner = SESSION")
    .replace(/127\.0\.0\.1:\d+/g, "HOST")
    .split("\n")
    .filter((line) => line.trim() !== "");
}
