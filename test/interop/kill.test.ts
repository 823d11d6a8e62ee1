/**
 * Three servers of ours under load, killed (kill -9) and started again, one by one, two or all of them at once:
 * what was acknowledged is there afterwards, at every server. One alone, too.
 *
 * ZT_KILLS=200 kills that many; without it, as many as a quick check can afford.
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { ROOT, soak, type Writer } from "../support/kill-soak.ts";
import { connectLive } from "../support/live-client.ts";
import {
  COMPLAINTS,
  createEnsemble,
  endEnsemble,
  leaderOf,
  logOf,
  memberOf,
  startMember,
  startTogether,
  until,
  untilServes,
  type LiveEnsemble,
} from "../support/live-ensemble.ts";
import { differences, granted, readTrees, type LiveTree } from "../support/live-tree.ts";

const KILLS = Number(process.env["ZT_KILLS"] ?? 10);
const WRITERS = 4;
/** ms: a kill, its restart and what comes before the next take a second or two where nothing else runs. */
const TEST_MS = 120_000 + KILLS * 15_000;
/** Snapshots are under way now and then when a server dies. */
const PROPERTIES = ["zookeeper.snapCount=1000", "zookeeper.preAllocSize=1024"];

let ensemble: LiveEnsemble | null = null;

afterEach(async () => {
  if (ensemble !== null) await endEnsemble(ensemble);
  ensemble = null;
});

test(`${KILLS} kills of three servers lose nothing`, { timeout: TEST_MS }, async () => {
  const plans = [1, 2, 3].map((sid) => ({ sid, kind: "ours" }) as const);
  ensemble = await createEnsemble(plans, { properties: PROPERTIES });
  await startTogether(ensemble, memberOf(ensemble, 3));
  const startedMs = Date.now();

  const { writers, figures } = await soak(ensemble, KILLS, WRITERS);

  const seconds = Math.round((Date.now() - startedMs) / 1000);
  const epoch = readFileSync(join(memberOf(ensemble, 1).dir, "version-2", "currentEpoch"), "utf8");
  console.log(`${JSON.stringify(figures)}, epoch ${epoch}, ${seconds} s`);
  await onlyEphemeralsOf(ensemble, writers);
  const trees = await readTrees(ensemble);
  const [tree = new Map<string, string>(), ...others] = trees.values();
  expect(trees.size).toBe(3);
  for (const other of others) expect(differences(tree, other)).toEqual([]);
  for (const writer of writers) expect(lostBy(writer, tree)).toEqual([]);
  for (const member of ensemble.members) expect(logOf(member)).not.toMatch(COMPLAINTS);
  for (const { client } of writers) await client?.end();
});

test("kills of one server alone lose nothing", { timeout: TEST_MS }, async () => {
  ensemble = await createEnsemble([{ sid: 1, kind: "ours" }], { properties: PROPERTIES });
  ensemble = { ...ensemble, lines: ensemble.lines.filter((line) => !line.startsWith("server.")) };
  const only = memberOf(ensemble, 1);
  startMember(ensemble, only);
  await untilServes(only);

  const { writers } = await soak(ensemble, Math.max(3, Math.floor(KILLS / 5)), WRITERS);

  await onlyEphemeralsOf(ensemble, writers);
  const [tree = new Map<string, string>()] = (await readTrees(ensemble)).values();
  for (const writer of writers) expect(lostBy(writer, tree)).toEqual([]);
  for (const { client } of writers) await client?.end();
});

/** What was acknowledged and is not there, is there twice, or was never asked for. */
function lostBy({ id, created, tried, ackedValue, sentValue }: Writer, tree: LiveTree): string[] {
  const wrong: string[] = [];
  const found = new Set<string>();
  for (const [path, text] of tree) {
    if (!path.startsWith(`${ROOT}/w-${id}/`)) continue;
    const data = dataIn(text);
    if (!tried.has(data) || found.has(data)) wrong.push(`${path} has ${data}`);
    found.add(data);
  }
  for (const [path, data] of created) {
    const held = dataIn(tree.get(path) ?? "");
    if (held !== data) wrong.push(`${path} has not ${data}, but ${held || "nothing"}`);
  }
  const value = Number(dataIn(tree.get(`${ROOT}/w-${id}`) ?? ""));
  if (!(value >= ackedValue && value <= sentValue)) wrong.push(`${id}: ${value} at the end`);
  return wrong;
}

function dataIn(text: string): string {
  return /"data":"([^"]*)"/.exec(text)?.[1] ?? "";
}

/** Sessions that nobody came back to are gone with their ephemerals; the others have theirs. */
async function onlyEphemeralsOf(all: LiveEnsemble, writers: readonly Writer[]): Promise<void> {
  const client = await connectLive(
    all.members.length === 1 ? memberOf(all, 1).clientPort : (await leaderOf(all)).clientPort,
  );
  const expected = writers.map(({ sessionId }) => `live-${sessionId}`).toSorted();
  let found: string[] = [];
  await until("the ephemerals of sessions that are gone to go", async () => {
    const reply = await granted(client, { kind: "getChildren", type: 8, path: ROOT, watch: false });
    const names = reply.result?.kind === "children" ? reply.result.children : [];
    found = names.filter((name) => name.startsWith("live-")).toSorted();
    return found.length <= expected.length;
  });
  expect(found).toEqual(expected);
  await client.end();
}
