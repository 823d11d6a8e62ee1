import type { Operation, Reply, Result } from "../../core/request/operation.ts";
import { formatZxid } from "../../core/zxid.ts";
import { ask } from "./apache.ts";
import { connectLive, type LiveClient } from "./live-client.ts";
import { until, type LiveEnsemble, type Member } from "./live-ensemble.ts";

/** What a client sees of every znode, as text by path. */
export type LiveTree = ReadonlyMap<string, string>;

/** Without reconfiguration each server shows its own address there, and the time at which it joined. */
const OF_EACH_SERVER = "/zookeeper/config";

/** The whole tree through one client, after a sync. Nobody may write meanwhile. */
export async function readTree(client: LiveClient): Promise<LiveTree> {
  await granted(client, { kind: "sync", path: "/" });
  const tree = new Map<string, string>();
  let level = ["/"];
  while (level.length > 0) {
    const below = await Promise.all(level.map((path) => readZnode(client, path, tree)));
    level = below.flat();
  }
  tree.delete(OF_EACH_SERVER);
  return new Map([...tree].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

/** The trees through all members that run, by sid, all members at the same transaction. */
export async function readTrees({ members }: LiveEnsemble): Promise<Map<number, LiveTree>> {
  const running = members.filter(({ server }) => server !== null);
  const clients = await Promise.all(
    running.map(async (member) => ({ member, client: await connectLive(member.clientPort) })),
  );
  const zxids = new Set<string>();
  await until("all to be at the same transaction", async () => {
    zxids.clear();
    for (const member of running) zxids.add(await zxidOf(member));
    return zxids.size === 1;
  });
  const trees = new Map<number, LiveTree>();
  for (const { member, client } of clients) {
    trees.set(member.sid, await readTree(client));
  }
  for (const { client } of clients) client.drop();
  return trees;
}

/** What one tree has otherwise than another: a few znodes are enough to know. */
export function differences(one: LiveTree, other: LiveTree): string[] {
  const paths = [...new Set([...one.keys(), ...other.keys()])];
  return paths
    .filter((path) => one.get(path) !== other.get(path))
    .slice(0, 5)
    .map((path) => `${path}: ${one.get(path) ?? "none"} and ${other.get(path) ?? "none"}`);
}

/** The last transaction that a member has applied. */
export async function zxidOf({ clientPort }: Member): Promise<string> {
  const answer = await ask(clientPort, "srvr").catch(() => "");
  return /^Zxid: (.*)$/m.exec(answer)?.[1] ?? "none";
}

/** Digests of the tree after some transactions, by zxid: what the `hash` word tells. */
export async function digestsOf({ clientPort }: Member): Promise<Map<string, string>> {
  const lines = (await ask(clientPort, "hash")).trim().split("\n");
  return new Map(lines.map((line) => line.split(": ") as [string, string]));
}

/** @throws Error for a request that is refused */
export async function granted(client: LiveClient, op: Operation): Promise<Reply> {
  const reply = await client.request(op);
  if (reply.err !== 0) throw new Error(`${op.kind}: error ${reply.err}`);
  return reply;
}

async function readZnode(
  client: LiveClient,
  path: string,
  tree: Map<string, string>,
): Promise<string[]> {
  const [data, acl, children] = await Promise.all([
    granted(client, { kind: "getData", path, watch: false }),
    granted(client, { kind: "getAcl", path }),
    granted(client, { kind: "getChildren", type: 8, path, watch: false }),
  ]);
  tree.set(path, `${textOf(data.result)} ${textOf(acl.result)}`);
  const names = children.result?.kind === "children" ? children.result.children : [];
  return names.map((name) => (path === "/" ? `/${name}` : `${path}/${name}`));
}

function textOf(result: Result | null): string {
  return JSON.stringify(result, (_, value: unknown) => {
    if (typeof value === "bigint") return formatZxid(value as Parameters<typeof formatZxid>[0]);
    return value instanceof Uint8Array ? Buffer.from(value).toString("latin1") : value;
  });
}
