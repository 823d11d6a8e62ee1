import { NO_DEFECTS } from "../../core/defects.ts";
import { DEFAULT_OPTIONS } from "../../core/options.ts";
import type { ServerConfig } from "../../core/config.ts";
import type { Quorum } from "../../core/election/quorum.ts";
import type { EnsembleInput } from "./input.ts";
import { madeSource, type Source } from "./locate.ts";
import { fail, failAtKey } from "./reader.ts";
import type { ZooCfg } from "../../core/ensemble/zoo-cfg.ts";
import { parseZooCfg, serverFrom } from "./zoo-cfg.ts";

export type Ensemble = {
  /** In sid order. */
  readonly servers: readonly ServerConfig[];
  readonly warnings: readonly string[];
};

/** Finds the text of a file beside the scenario; null where there is none. */
export type ReadBeside = (path: string) => string | null;

/** The servers of an ensemble that a program has made, or that stands in a trace. */
export function ensembleOf(input: EnsembleInput): readonly ServerConfig[] {
  return readEnsemble(madeSource("ensemble"), input, () => null).servers;
}

/** @throws InputProblem when the ensemble cannot be: in the scenario, or in a zoo.cfg that it names */
export function readEnsemble(
  source: Source,
  input: EnsembleInput,
  readBeside: ReadBeside,
): Ensemble {
  if (input.config !== undefined) return fromConfig(source, input, input.config, readBeside);
  if (input.servers === undefined) {
    return fail(source, ["ensemble"], 'expected "servers: 3" or "config: zoo.cfg"');
  }
  const sids = Array.from({ length: input.servers + (input.observers ?? 0) }, (_, i) => i + 1);
  const voterCount = input.servers;
  const members = sids.map((sid) => ({
    sid,
    role: sid <= voterCount ? ("participant" as const) : ("observer" as const),
    quorumAddress: `zk${sid}:2888`,
    electionAddress: `zk${sid}:3888`,
    clientAddress: `zk${sid}:2181`,
  }));
  const voters = sids.filter((sid) => sid <= voterCount);
  const quorum = readQuorum(source, input, voters);
  const timing = timingOf(input);
  checkSessionBounds(source, timing);
  return {
    servers: sids.map((sid) => Object.freeze({ ...COMMON, ...timing, sid, members, quorum })),
    warnings: [],
  };
}

const TICK_MS = 2000;
const INIT_LIMIT = 10;
const SYNC_LIMIT = 5;
const SNAP_COUNT = 100_000;
const COMMIT_LOG_COUNT = 500;

/** What neither a scenario nor a zoo.cfg is asked for; the real server's defaults. */
const COMMON = {
  snapshotSizeFactor: 0.33,
  // Growing the files in steps shows in no protocol step, and costs memory.
  preAllocBytes: 0,
  snapshotStepNodes: 64,
  electionConnectMs: 5000,
  learnerRetryMs: 100,
  minNotificationMs: 200,
  maxNotificationMs: 60_000,
  observerPauseMs: 200,
  emptyMayVote: true,
  standalone: false,
  options: DEFAULT_OPTIONS,
  defects: NO_DEFECTS,
} as const;

type Timing = Pick<
  ServerConfig,
  | "tickMs"
  | "initLimit"
  | "syncLimit"
  | "minSessionTimeoutMs"
  | "maxSessionTimeoutMs"
  | "snapCount"
  | "commitLogCount"
>;

function timingOf(input: EnsembleInput): Timing {
  const tickMs = input.tickMs ?? TICK_MS;
  return {
    tickMs,
    initLimit: input.initLimit ?? INIT_LIMIT,
    syncLimit: input.syncLimit ?? SYNC_LIMIT,
    minSessionTimeoutMs: input.minSessionTimeoutMs ?? 2 * tickMs,
    maxSessionTimeoutMs: input.maxSessionTimeoutMs ?? 20 * tickMs,
    snapCount: input.snapCount ?? SNAP_COUNT,
    commitLogCount: input.commitLogCount ?? COMMIT_LOG_COUNT,
  };
}

function checkSessionBounds(source: Source, timing: Timing): void {
  if (timing.minSessionTimeoutMs <= timing.maxSessionTimeoutMs) return;
  fail(source, ["ensemble"], "minSessionTimeoutMs must not be larger than maxSessionTimeoutMs");
}

function readQuorum(source: Source, input: EnsembleInput, voters: readonly number[]): Quorum {
  if (input.groups === undefined) {
    if (input.weights === undefined) return { kind: "majority", voters };
    return failAtKey(source, ["ensemble", "weights"], "weights need groups beside them");
  }
  const grouped = new Set<number>();
  for (const [index, sids] of input.groups.entries()) {
    for (const [place, sid] of sids.entries()) {
      const path = ["ensemble", "groups", index, place];
      if (!voters.includes(sid)) fail(source, path, `there is no voter ${sid}`);
      if (grouped.has(sid)) fail(source, path, `server ${sid} is in two groups`);
      grouped.add(sid);
    }
  }
  const missing = voters.find((sid) => !grouped.has(sid));
  if (missing !== undefined) {
    return fail(source, ["ensemble", "groups"], `server ${missing} is in no group`);
  }
  const groups = input.groups.map((sids, index) => ({ gid: index + 1, sids }));
  const weights = new Map(voters.map((sid) => [sid, input.weights?.[String(sid)] ?? 1]));
  return { kind: "hierarchical", voters, groups, weights };
}

/** The keys beside `config` would say again what the file says. */
function fromConfig(
  source: Source,
  input: EnsembleInput,
  config: string | Record<string, string>,
  readBeside: ReadBeside,
): Ensemble {
  for (const key of Object.keys(input)) {
    if (key !== "config") {
      failAtKey(
        source,
        ["ensemble", key],
        `"${key}" cannot stand beside "config": the file says it`,
      );
    }
  }
  if (typeof config === "string") {
    const cfg = loadConfig(source, ["ensemble", "config"], config, readBeside);
    const { servers } = cfg.membership;
    return together(
      source,
      servers.map(({ sid }) => serverFrom(sid, cfg, () => cfg)),
    );
  }
  const files = new Map<number, ZooCfg>();
  for (const [id, path] of Object.entries(config)) {
    const at = ["ensemble", "config", id];
    const cfg = loadConfig(source, at, path, readBeside);
    if (!cfg.membership.servers.some(({ sid }) => String(sid) === id)) {
      failAtKey(source, at, `My id ${id} not in the peer list of ${cfg.file}`);
    }
    files.set(Number(id), cfg);
  }
  const servers = [...files]
    .sort(([a], [b]) => a - b)
    .map(([sid, cfg]) => serverFrom(sid, cfg, (other) => files.get(other) ?? cfg));
  return together(source, servers);
}

type Told = ReturnType<typeof serverFrom>;

function together(source: Source, told: readonly Told[]): Ensemble {
  const servers = told.map(({ server }) => simulated(server));
  checkAddresses(source, servers);
  return { servers, warnings: [...new Set(told.flatMap(({ warnings }) => warnings))] };
}

/** A simulation takes all that the file says, but for what shows in no step of the protocol. */
function simulated(server: ServerConfig): ServerConfig {
  return Object.freeze({ ...server, preAllocBytes: COMMON.preAllocBytes });
}

/** A text of several lines is the file itself: that is how a trace carries it. */
function loadConfig(
  source: Source,
  path: readonly (string | number)[],
  config: string,
  readBeside: ReadBeside,
): ZooCfg {
  if (config.includes("\n")) return parseZooCfg(config, "zoo.cfg");
  const text = readBeside(config);
  if (text === null) return fail(source, path, `cannot read "${config}" beside the scenario`);
  return parseZooCfg(text, besideOf(source.file, config));
}

function besideOf(file: string, path: string): string {
  const slash = file.lastIndexOf("/");
  return slash < 0 ? path : `${file.slice(0, slash)}/${path}`;
}

/** Two servers on one machine cannot listen at one address: the second would not start. */
function checkAddresses(source: Source, servers: readonly ServerConfig[]): void {
  const owners = new Map<string, number>();
  for (const { sid, members } of servers) {
    const own = members.find((member) => member.sid === sid);
    if (own === undefined) continue;
    for (const address of [own.quorumAddress, own.electionAddress, own.clientAddress]) {
      const owner = owners.get(address);
      if (owner !== undefined && owner !== sid) {
        fail(
          source,
          ["ensemble", "config"],
          `servers ${owner} and ${sid} both listen at ${address}: address already in use`,
        );
      }
      owners.set(address, sid);
    }
  }
}
