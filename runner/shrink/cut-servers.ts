import type {
  ClientInput,
  EnsembleInput,
  ScenarioInput,
  StepInput,
  TargetInput,
} from "../scenario/input.ts";
import { tryCase, type Search } from "./search.ts";

/** Servers, observers first: one at a time, the others closing up behind it. */
export function cutServers(search: Search): void {
  let sid = (search.best.ensemble.servers ?? 0) + (search.best.ensemble.observers ?? 0);
  for (; sid > 0; sid--) {
    const input = withoutServer(search.best, sid);
    if (input !== null) tryCase(search, input, 6);
  }
}

/** What an ensemble may be asked for besides its servers, and runs without just as well. */
const SETTINGS = [
  "minSessionTimeoutMs",
  "maxSessionTimeoutMs",
  "initLimit",
  "syncLimit",
  "snapCount",
  "commitLogCount",
  "weights",
  "groups",
] as const;

/** Settings of the ensemble back to their defaults, networks and disks to simpler ones. */
export function cutSettings(search: Search): void {
  for (const setting of SETTINGS) {
    if (search.best.ensemble[setting] === undefined) continue;
    const { [setting]: _, ...ensemble } = search.best.ensemble;
    tryCase(search, { ...search.best, ensemble }, 1);
  }
  simplify(search, "network", ["instant", "lan"]);
  simplify(search, "disk", ["instant", "ssd"]);
}

function simplify<K extends "network" | "disk">(
  search: Search,
  key: K,
  simpler: readonly NonNullable<ScenarioInput[K]>[],
): void {
  for (const character of simpler) {
    if (search.best[key] === character) return;
    if (tryCase(search, { ...search.best, [key]: character }, 3)) return;
  }
}

/** The case without one server, whose number the next one takes; null where there is no such case. */
function withoutServer(input: ScenarioInput, sid: number): ScenarioInput | null {
  const ensemble = smaller(input.ensemble, sid);
  if (ensemble === null) return null;
  const renumber = (other: number): number[] =>
    other === sid ? [] : [other > sid ? other - 1 : other];
  const byTarget = (target: TargetInput): TargetInput[] =>
    typeof target === "number" ? renumber(target) : [target];
  const { history, clocks, clients, steps, ...rest } = input;
  return {
    ...rest,
    ensemble,
    ...(history === undefined ? {} : { history: renumbered(history, renumber) }),
    ...(clocks === undefined ? {} : { clocks: renumbered(clocks, renumber) }),
    ...(clients === undefined
      ? {}
      : { clients: clients.map((client) => clientWithout(client, renumber)) }),
    ...(steps === undefined ? {} : { steps: steps.flatMap((step) => stepWithout(step, byTarget)) }),
  };
}

function smaller(ensemble: EnsembleInput, sid: number): EnsembleInput | null {
  const { servers, observers = 0 } = ensemble;
  if (servers === undefined || ensemble.groups !== undefined) return null;
  if (sid > servers) {
    const { observers: _, ...rest } = ensemble;
    return observers > 1 ? { ...ensemble, observers: observers - 1 } : rest;
  }
  return servers > 1 ? { ...ensemble, servers: servers - 1 } : null;
}

function renumbered<T>(
  values: Readonly<Record<string, T>>,
  renumber: (sid: number) => readonly number[],
): Record<string, T> {
  const found: Record<string, T> = {};
  for (const [key, value] of Object.entries(values)) {
    if (key === "all") found[key] = value;
    else for (const sid of renumber(Number(key))) found[String(sid)] = value;
  }
  return found;
}

function clientWithout(
  client: ClientInput,
  renumber: (sid: number) => readonly number[],
): ClientInput {
  const { servers, ...rest } = client;
  const kept = servers?.flatMap(renumber) ?? [];
  return kept.length === 0 ? rest : { ...rest, servers: kept };
}

/** No step where nobody is left to whom something would happen. */
function stepWithout(
  step: StepInput,
  renumber: (target: TargetInput) => readonly TargetInput[],
): StepInput[] {
  const { server, servers, groups, from, to, ...rest } = step;
  const changed: StepInput = { ...rest };
  if (server !== undefined) {
    const [kept] = renumber(server);
    if (kept === undefined) return [];
    changed.server = kept;
  }
  if (servers !== undefined) {
    const kept = servers.flatMap(renumber);
    if (kept.length === 0) return [];
    changed.servers = kept;
  }
  if (groups !== undefined) {
    const kept = groups.map((group) => group.flatMap(renumber)).filter(({ length }) => length > 0);
    if (kept.length === 0) return [];
    changed.groups = kept;
  }
  for (const [key, target] of [
    ["from", from],
    ["to", to],
  ] as const) {
    if (target === undefined) continue;
    const [kept] = renumber(target);
    if (kept === undefined) return [];
    changed[key] = kept;
  }
  return [changed];
}
