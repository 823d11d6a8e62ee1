import type { SessionId } from "../../core/session/session-id.ts";
import { ZERO_ZXID } from "../../core/zxid.ts";
import { sleep } from "./apache.ts";
import { connectLive, SessionGone, type LiveClient } from "./live-client.ts";
import {
  endMember,
  startMember,
  until,
  untilAllServe,
  type LiveEnsemble,
  type Member,
} from "./live-ensemble.ts";
import { granted } from "./live-tree.ts";
import { createOf } from "./live-writes.ts";

/** A client that writes all the time, at whichever server it can find, and knows what became of each write. */
export type Writer = {
  readonly id: number;
  /** Data of the sequential znodes by path: all of these were acknowledged. */
  readonly created: Map<string, string>;
  /** Data of all that it ever tried to create. */
  readonly tried: Set<string>;
  /** Values of its register: the last one acknowledged, and the last one sent. */
  ackedValue: number;
  sentValue: number;
  ackedCount: number;
  lostSessions: number;
  client: LiveClient | null;
  sessionId: SessionId | null;
};

export type Figures = {
  kills: number;
  /** Times that all servers died at once. */
  blackouts: number;
  acked: number;
  unknown: number;
  lostSessions: number;
};

export const ROOT = "/soak";
/** Writes that a client has under way. */
const PIPELINE = 8;
const SESSION_MS = 30_000;

/**
 * Kills servers with SIGKILL, `kills` of them, and starts them again, under the writes of `writerCount` clients.
 * In the end all servers run, and every client has a session.
 */
export async function soak(
  ensemble: LiveEnsemble,
  kills: number,
  writerCount: number,
): Promise<{ readonly writers: readonly Writer[]; readonly figures: Figures }> {
  const writers = Array.from({ length: writerCount }, (_, id) => createWriter(id));
  await untilAllServe(ensemble);
  const first = await connectLive((ensemble.members[0] as Member).clientPort);
  await granted(first, createOf(ROOT, ""));
  for (const { id } of writers) {
    await granted(first, createOf(`${ROOT}/w-${id}`, "0"));
  }
  await first.end();

  let stopping = false;
  const isStopping = (): boolean => stopping;
  const atWork = writers.map((writer) => write(writer, ensemble, isStopping));
  const figures: Figures = { kills: 0, blackouts: 0, acked: 0, unknown: 0, lostSessions: 0 };
  while (figures.kills < kills) await killSome(ensemble, writers, figures, kills);
  await untilAllServe(ensemble);
  await progress(writers);
  stopping = true;
  await Promise.all(atWork);
  for (const { ackedCount, created, tried, lostSessions } of writers) {
    figures.acked += ackedCount;
    figures.unknown += tried.size - created.size;
    figures.lostSessions += lostSessions;
  }
  return { writers, figures };
}

/** One member, or two, or all of them at once die; now and then the next ones before these are back. */
async function killSome(
  ensemble: LiveEnsemble,
  writers: readonly Writer[],
  figures: Figures,
  kills: number,
): Promise<void> {
  const { members } = ensemble;
  await sleep(100 + Math.random() * 700);
  const running = members.filter(({ server }) => server !== null);
  const dice = Math.random();
  const count = dice < 0.1 ? members.length : dice < 0.2 ? 2 : 1;
  const victims = shuffled(running).slice(0, Math.min(count, kills - figures.kills));
  figures.kills += victims.length;
  if (victims.length === members.length) figures.blackouts++;
  await Promise.all(victims.map((member) => endMember(member)));
  await sleep(Math.random() * 300);
  for (const member of victims) startMember(ensemble, member);
  if (Math.random() < 0.7) await progress(writers);
}

/** Every client has had something acknowledged since. */
async function progress(writers: readonly Writer[]): Promise<void> {
  const before = writers.map(({ ackedCount }) => ackedCount);
  await until("writes to go on", () =>
    writers.every(({ ackedCount }, index) => ackedCount > (before[index] ?? 0)),
  );
}

function createWriter(id: number): Writer {
  return {
    id,
    created: new Map(),
    tried: new Set(),
    ackedValue: 0,
    sentValue: 0,
    ackedCount: 0,
    lostSessions: 0,
    client: null,
    sessionId: null,
  };
}

async function write(
  writer: Writer,
  ensemble: LiveEnsemble,
  isStopping: () => boolean,
): Promise<void> {
  const flights = new Set<Promise<void>>();
  let count = 0;
  while (!isStopping()) {
    const client = await attach(writer, ensemble);
    if (client === null) {
      await sleep(50);
      continue;
    }
    const n = ++count;
    const flight = (n % 2 === 0 ? createOne(writer, client, n) : setOne(writer, client, n))
      .catch(() => client.drop())
      .finally(() => flights.delete(flight));
    flights.add(flight);
    if (flights.size >= PIPELINE) await Promise.race(flights);
  }
  await Promise.all(flights);
  while ((await attach(writer, ensemble)) === null) await sleep(50);
}

async function createOne(writer: Writer, client: LiveClient, n: number): Promise<void> {
  const data = `${writer.id}:${n}`;
  writer.tried.add(data);
  const path = `${ROOT}/w-${writer.id}/s-`;
  const { result } = await granted(client, createOf(path, data, undefined, 2));
  if (result?.kind !== "path" || result.path === null) throw new Error("no path");
  writer.created.set(result.path, data);
  writer.ackedCount++;
}

async function setOne(writer: Writer, client: LiveClient, n: number): Promise<void> {
  writer.sentValue = n;
  const data = new TextEncoder().encode(`${n}`);
  await granted(client, { kind: "setData", path: `${ROOT}/w-${writer.id}`, data, version: -1 });
  writer.ackedValue = Math.max(writer.ackedValue, n);
  writer.ackedCount++;
}

/** The client's connection, a new one where it was lost: to the same session, while that lives. */
async function attach(writer: Writer, ensemble: LiveEnsemble): Promise<LiveClient | null> {
  const { client } = writer;
  if (client !== null && !client.isClosed()) return client;
  const member = shuffled(ensemble.members)[0] as Member;
  if (member.server === null) return null;
  try {
    const next = await connectLive(member.clientPort, {
      timeoutMs: SESSION_MS,
      session: client,
      seen: client?.lastZxid() ?? ZERO_ZXID,
    });
    writer.client = next;
    if (writer.sessionId === next.sessionId) return next;
    writer.sessionId = next.sessionId;
    await granted(next, createOf(`${ROOT}/live-${next.sessionId}`, "", undefined, 1));
    return next;
  } catch (error) {
    if (!(error instanceof SessionGone)) return null;
    writer.client = null;
    writer.lostSessions++;
    return null;
  }
}

function shuffled<Item>(items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, at: Math.random() }))
    .toSorted((a, b) => a.at - b.at)
    .map(({ item }) => item);
}
