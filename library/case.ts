import { parseDurationUs } from "../runner/scenario/duration.ts";
import { ensembleOf } from "../runner/scenario/ensemble.ts";
import type {
  ClientInput,
  DiskName,
  EnsembleInput,
  NetworkName,
  ScenarioInput,
  StepInput,
  TargetInput,
} from "../runner/scenario/input.ts";
import { writesBoundMs } from "../sim/check/liveness.ts";

/**
 * A run put together from its parts. Each part is plain data, what a scenario file holds under `ensemble`, `clients`
 * and `steps`, so a case that a property found can be kept as a file, and a schedule can be shrunk.
 */
export type Case = {
  readonly ensemble: EnsembleInput;
  readonly workload?: readonly ClientInput[] | undefined;
  /** A step that is only about servers the ensemble does not have is left out. */
  readonly faults?: readonly StepInput[] | undefined;
  readonly network?: NetworkName | undefined;
  readonly disk?: DiskName | undefined;
  /** "1" unless set. */
  readonly seed?: string | undefined;
};

/** The client that writes once more when everything else is over: that write must come to an end. */
const PROBE = "probe";
const PROBE_RETRIES = 1000;
/** Beyond the bound of the slowest liveness check. */
const MARGIN_MS = 1000;

/**
 * The scenario of a case: its parts, then one more write, then as much time as the liveness checks need to judge.
 *
 * @throws InputProblem when the ensemble cannot be
 */
export function caseInput(parts: Case): ScenarioInput {
  const servers = ensembleOf(parts.ensemble);
  const sids = servers.map(({ sid }) => sid);
  const steps = (parts.faults ?? []).flatMap((step) => withinEnsemble(step, sids));
  const clients = [...(parts.workload ?? [])];
  const lastMs = lastInstantMs(clients, steps);
  if (!clients.some(({ name }) => name === PROBE)) clients.push(probe(lastMs));
  const boundMs = servers[0] === undefined ? 0 : writesBoundMs(servers[0]);
  return {
    ...HEAD,
    ...(parts.seed === undefined ? {} : { seed: parts.seed }),
    ensemble: parts.ensemble,
    ...(parts.network === undefined ? {} : { network: parts.network }),
    ...(parts.disk === undefined ? {} : { disk: parts.disk }),
    clients,
    steps,
    until: `${lastMs + boundMs + MARGIN_MS}ms`,
  };
}

const HEAD = { name: "case", title: "A case of a property" };

function probe(fromMs: number): ClientInput {
  const write = {
    at: `${fromMs}ms`,
    do: "create",
    path: "/probe",
    retries: PROBE_RETRIES,
  } as const;
  return { name: PROBE, start: `${fromMs}ms`, do: [write] };
}

/** The step without the servers that are not there; nothing when nobody is left for it. */
function withinEnsemble(step: StepInput, sids: readonly number[]): StepInput[] {
  const isThere = (target: TargetInput): boolean =>
    typeof target !== "number" || sids.includes(target);
  for (const target of [step.server, step.from, step.to]) {
    if (target !== undefined && !isThere(target)) return [];
  }
  const fitting = { ...step };
  if (step.servers !== undefined) {
    fitting.servers = step.servers.filter(isThere);
    if (fitting.servers.length === 0) return [];
  }
  if (step.groups !== undefined) {
    fitting.groups = step.groups.map((group) => group.filter(isThere));
    fitting.groups = fitting.groups.filter((group) => group.length > 0);
    if (fitting.groups.length === 0) return [];
  }
  return [fitting];
}

/** ms of the last thing that the parts name an instant for, rounded up. */
function lastInstantMs(clients: readonly ClientInput[], steps: readonly StepInput[]): number {
  const texts = [
    ...steps.map(({ at }) => at),
    ...clients.flatMap((client) => [
      client.start,
      client.from,
      client.until,
      ...(client.do ?? []).map(({ at }) => at),
    ]),
  ];
  const instantsUs = texts.map((text) => (text === undefined ? 0 : (parseDurationUs(text) ?? 0)));
  return Math.ceil(instantsUs.reduce((last, atUs) => Math.max(last, atUs), 0) / 1000);
}
