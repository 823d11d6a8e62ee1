import type { Document } from "yaml";
import { makeZxid } from "../../core/zxid.ts";
import { makeClock, type Clock } from "../../sim/cluster/clock.ts";
import { clientNames, readClients } from "./clients.ts";
import { readDeliveries } from "./deliveries.ts";
import { readEnsemble, type ReadBeside } from "./ensemble.ts";
import { readExpectations } from "./expectations.ts";
import {
  FAULT_KINDS,
  type ClockInput,
  type FaultsInput,
  type HistoryInput,
  type ScenarioInput,
} from "./input.ts";
import { InputProblem } from "./input-problem.ts";
import {
  madeSource,
  placeOf,
  placeOfKey,
  readYaml,
  type KeyPath,
  type Source,
  type TextSource,
} from "./locate.ts";
import { durationUs, fail, failAtKey, type Reader } from "./reader.ts";
import type { DiskHistory, FaultPlan, Scenario } from "./scenario.ts";
import { checkForm } from "./schema.ts";
import { readSteps, startedLater } from "./steps.ts";

const MAX_EVENTS = 50_000_000;

/**
 * Reads a scenario.
 *
 * @param file as it shall appear in messages
 * @param readBeside finds a zoo.cfg by its path from the scenario
 * @throws InputProblem for the first thing that is wrong: where, what was found, what was expected
 */
export function parseScenario(text: string, file: string, readBeside: ReadBeside): Scenario {
  const source = readYaml(text, file);
  const input = readForm(source);
  return readInput(source, input, inlined(text, input.ensemble.config, readBeside), readBeside);
}

/**
 * What a scenario file says, with its form checked and no more.
 *
 * @throws InputProblem
 */
export function readScenarioInput(text: string, file: string): ScenarioInput {
  return readForm(readYaml(text, file));
}

function readForm(source: TextSource): ScenarioInput {
  const input = checkForm(source.document.toJS());
  if (!Array.isArray(input)) return input;
  const first = input[0];
  const place = first?.isKey === true ? placeOfKey : placeOf;
  throw new InputProblem(place(source, first?.path ?? []), first?.what ?? "not a scenario");
}

/**
 * The scenario that a program has made. A trace of its run carries it as JSON, which is YAML too.
 *
 * @throws InputProblem for the first thing in it that cannot be, named by the way to it
 */
export function scenarioOf(input: ScenarioInput): Scenario {
  return readInput(madeSource(input.name), input, JSON.stringify(input), () => null);
}

function readInput(
  source: Source,
  input: ScenarioInput,
  text: string,
  readBeside: ReadBeside,
): Scenario {
  const ensemble = readEnsemble(source, input.ensemble, readBeside);
  const sids = ensemble.servers.map(({ sid }) => sid);
  const clients = input.clients ?? [];
  const reader: Reader = { source, sids, clientNames: clientNames(source, clients) };
  const untilUs = durationUs(source, ["until"], input.until, 0);
  const steps = readSteps(reader, input.steps ?? []);
  const later = startedLater(steps);
  return {
    file: source.file,
    text,
    name: input.name,
    title: input.title,
    description: (input.description ?? "").trim(),
    seed: input.seed ?? "1",
    servers: ensemble.servers,
    startsAtOnce: sids.filter((sid) => !later.has(sid)),
    histories: readHistories(reader, input.history ?? {}),
    clocks: readClocks(reader, input.clocks ?? {}),
    network: input.network ?? "lan",
    disk: input.disk ?? "ssd",
    choices: readDeliveries(reader, input.deliveries ?? [], ensemble.servers),
    clients: readClients(reader, clients, untilUs),
    steps,
    faults: input.faults === undefined ? null : readFaults(source, input.faults, untilUs),
    untilUs,
    maxEvents: input.maxEvents ?? MAX_EVENTS,
    expectations: readExpectations(reader, input.expect ?? [], untilUs),
    warnings: ensemble.warnings,
  };
}

/** The text with the zoo.cfg in it, so that it can be read again where there is no such file. */
function inlined(
  text: string,
  config: string | Record<string, string> | undefined,
  readBeside: ReadBeside,
): string {
  if (config === undefined) return text;
  const { document } = readYaml(text, "");
  if (typeof config === "string") inline(document, ["ensemble", "config"], config, readBeside);
  else {
    for (const [id, path] of Object.entries(config)) {
      // A number as a key is one in YAML too.
      const key = document.hasIn(["ensemble", "config", id]) ? id : Number(id);
      inline(document, ["ensemble", "config", key], path, readBeside);
    }
  }
  return document.toString();
}

function inline(document: Document, path: KeyPath, config: string, readBeside: ReadBeside): void {
  if (!config.includes("\n")) document.setIn(path, readBeside(config) ?? config);
}

function readHistories(
  reader: Reader,
  inputs: Readonly<Record<string, HistoryInput>>,
): DiskHistory[] {
  return bySid(reader, "history", inputs).map(({ sid, id, value }) =>
    readHistory(reader.source, ["history", id], sid, value),
  );
}

function readClocks(
  reader: Reader,
  inputs: Readonly<Record<string, ClockInput>>,
): Map<number, Clock> {
  const clocks = new Map<number, Clock>();
  for (const { sid, value } of bySid(reader, "clocks", inputs)) {
    clocks.set(sid, makeClock(value.offsetMs ?? 0, value.driftPpm ?? 0));
  }
  return clocks;
}

/** What is said of each server, by its number or under "all". */
function bySid<Value>(
  { source, sids }: Reader,
  key: "history" | "clocks",
  inputs: Readonly<Record<string, Value>>,
): { readonly sid: number; readonly id: string; readonly value: Value }[] {
  for (const id of Object.keys(inputs)) {
    if (id !== "all" && !sids.some((sid) => String(sid) === id)) {
      const expected = ["all", ...sids].join(", ");
      failAtKey(source, [key, id], `there is no server ${id}; expected one of: ${expected}`);
    }
  }
  return sids.flatMap((sid) => {
    const id = inputs[String(sid)] === undefined ? "all" : String(sid);
    const value = inputs[id];
    return value === undefined ? [] : [{ sid, id, value }];
  });
}

/** Histories longer than this are not what a scenario is for. */
const COUNTER_MAX = 100_000;

function readHistory(source: Source, path: KeyPath, sid: number, input: HistoryInput): DiskHistory {
  const given = Array.isArray(input.zxid) ? input.zxid : [input.zxid];
  const lastZxids: bigint[] = [];
  for (const [index, written] of given.entries()) {
    const at = Array.isArray(input.zxid) ? [...path, "zxid", index] : [...path, "zxid"];
    const zxid = BigInt(written);
    if (zxid >> 32n <= (lastZxids.at(-1) ?? -1n) >> 32n) {
      fail(source, at, "expected zxids of growing epochs");
    }
    if (zxid >> 32n > 0x7fff_ffffn) fail(source, at, "expected an epoch below 2^31");
    const counter = Number(BigInt.asUintN(32, zxid));
    if (counter > COUNTER_MAX) fail(source, at, `expected a counter of at most ${COUNTER_MAX}`);
    lastZxids.push(zxid);
  }
  const last = lastZxids.at(-1) ?? makeZxid(0, 0);
  const epoch = Number(last >> 32n);
  const currentEpoch = input.currentEpoch ?? epoch;
  const acceptedEpoch = input.acceptedEpoch ?? currentEpoch;
  if (currentEpoch < epoch) {
    fail(source, [...path, "currentEpoch"], "The current epoch is older than the last zxid");
  }
  if (acceptedEpoch < currentEpoch) {
    fail(source, [...path, "acceptedEpoch"], "The accepted epoch is less than the current epoch");
  }
  return { sid, lastZxids, acceptedEpoch, currentEpoch };
}

function readFaults(source: Source, input: FaultsInput, untilUs: number): FaultPlan {
  const everyUs = durationUs(source, ["faults", "every"], input.every, 0);
  if (everyUs === 0) fail(source, ["faults", "every"], "expected a duration above 0");
  const minUs = durationUs(source, ["faults", "lasts", 0], input.lasts?.[0], 100_000);
  const maxUs = durationUs(source, ["faults", "lasts", 1], input.lasts?.[1], 2_000_000);
  if (minUs > maxUs) fail(source, ["faults", "lasts"], "expected the shorter duration first");
  return {
    everyUs,
    lastsUs: [minUs, maxUs],
    fromUs: durationUs(source, ["faults", "from"], input.from, 0),
    untilUs: durationUs(source, ["faults", "until"], input.until, untilUs),
    max: input.max ?? 1000,
    kinds: FAULT_KINDS.flatMap((kind) => {
      const weight = input.kinds === undefined ? 1 : (input.kinds[kind] ?? 0);
      return weight > 0 ? [{ kind, weight }] : [];
    }),
  };
}
