import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ask,
  freePorts,
  modeOf,
  sleep,
  spawnApache,
  spawnZootrope,
  type LiveServer,
} from "./apache.ts";

/** One server of an ensemble on this machine, running or not. */
export type Member = {
  readonly sid: number;
  /** Whose program runs on its directory; it may be the other one after the next start. */
  kind: "ours" | "apache";
  readonly dir: string;
  readonly clientPort: number;
  server: LiveServer | null;
};

export type LiveEnsemble = {
  readonly dir: string;
  readonly members: readonly Member[];
  /** All of zoo.cfg but what is one server's own. */
  readonly lines: readonly string[];
  readonly properties: readonly string[];
};

export type MemberPlan = {
  readonly sid: number;
  readonly kind: "ours" | "apache";
  readonly observer?: boolean;
};

/** What no server may ever have to say, whatever happened to the others. */
export const COMPLAINTS: RegExp =
  /Digests are not matching|First digest mismatch|Committing zxid|NullPointer|Failed to fetch acls|Ignoring acl|Severe unrecoverable|cannot be understood|Exiting JVM with code [1-9]/;

/** Long enough for a process that gets a small part of a busy machine. */
const PATIENCE_MS = 90_000;
const SERVER_LINES = ["tickTime=2000", "initLimit=15", "syncLimit=10", "minSessionTimeout=1000"];

/** Members that have never run, of one configuration. */
export async function createEnsemble(
  plans: readonly MemberPlan[],
  {
    lines = [],
    properties = [],
  }: { lines?: readonly string[]; properties?: readonly string[] } = {},
): Promise<LiveEnsemble> {
  const dir = mkdtempSync(join(tmpdir(), "zootrope-ensemble-"));
  const ports = await freePorts(3 * plans.length);
  const servers = plans.map(({ sid, observer = false }, index) => {
    const [, quorum, election] = ports.slice(3 * index);
    return `server.${sid}=127.0.0.1:${quorum}:${election}:${observer ? "observer" : "participant"}`;
  });
  const members = plans.map(({ sid, kind }, index) => ({
    sid,
    kind,
    dir: join(dir, String(sid)),
    clientPort: ports[3 * index] ?? 0,
    server: null,
  }));
  return { dir, members, lines: [...SERVER_LINES, ...lines, ...servers], properties };
}

/** Starts a member, which need not find the others yet. */
export function startMember(ensemble: LiveEnsemble, member: Member): void {
  if (member.server !== null) throw new Error(`server ${member.sid} runs`);
  const { lines, properties } = ensemble;
  const isObserver = lines.some(
    (line) => line.startsWith(`server.${member.sid}=`) && line.endsWith(":observer"),
  );
  const plan = {
    dir: member.dir,
    clientPort: member.clientPort,
    myid: member.sid,
    lines: isObserver ? ["peerType=observer", ...lines] : lines,
    properties,
  };
  member.server = member.kind === "apache" ? spawnApache(plan) : spawnZootrope(plan);
}

/** Starts `first` and, once it is there to vote, the others: with equal histories the largest sid leads. */
export async function startTogether(ensemble: LiveEnsemble, first: Member): Promise<void> {
  startMember(ensemble, first);
  await until("the first to listen", () =>
    ask(first.clientPort, "srvr").then(
      (text) => text !== "",
      () => false,
    ),
  );
  for (const member of ensemble.members) if (member !== first) startMember(ensemble, member);
  await untilAllServe(ensemble);
}

/** Ends a member: kill -9 unless said otherwise. */
export async function endMember(member: Member, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  const { server } = member;
  member.server = null;
  await server?.stop(signal);
}

export async function endEnsemble({ dir, members }: LiveEnsemble): Promise<void> {
  await Promise.all(members.map((member) => endMember(member)));
  if (process.env["ZT_KEEP"] === undefined) rmSync(dir, { recursive: true, force: true });
}

/** Waits until all members that run serve clients. */
export async function untilAllServe({ members }: LiveEnsemble): Promise<void> {
  for (const member of members) if (member.server !== null) await untilServes(member);
}

export async function untilServes(member: Member): Promise<void> {
  await until(`server ${member.sid} to serve`, async () => {
    return member.server !== null && (await modeOf(member.server)) !== null;
  });
}

export function memberOf({ members }: LiveEnsemble, sid: number): Member {
  const member = members.find((candidate) => candidate.sid === sid);
  if (member === undefined) throw new Error(`no server ${sid}`);
  return member;
}

/** The one that leads now. */
export async function leaderOf(ensemble: LiveEnsemble): Promise<Member> {
  let leader: Member | undefined;
  await until("a leader", async () => {
    for (const member of ensemble.members) {
      if (member.server !== null && (await modeOf(member.server)) === "leader") leader = member;
    }
    return leader !== undefined;
  });
  return leader as Member;
}

/** Everything that a member has said since it first started. */
export function logOf(member: Member): string {
  const file = join(member.dir, "server.log");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Asks again and again until it is so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await isSo())) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
    await sleep(50);
  }
}
