import { parseDurationUs } from "../../runner/scenario/duration.ts";
import type { StepInput, TargetInput } from "../../runner/scenario/input.ts";
import { instantMs, isDispensable, lastInstantMs, type Schedule } from "./schedule.ts";

type Fault = readonly StepInput[];

/**
 * Every schedule that is one change simpler, the boldest first: without faults, then without steps, with fewer
 * servers, earlier, and gentler. Each step down makes some number of it smaller, so going down comes to an end.
 */
export function* smaller(schedule: Schedule): Generator<Schedule> {
  const { faults } = schedule;
  for (const fewer of withoutSome(faults)) yield { ...schedule, faults: fewer };
  for (const [index, fault] of faults.entries()) {
    for (const less of lessOf(fault)) yield replaced(schedule, index, less);
  }
  for (const renamed of withFewerServers(faults)) yield { ...schedule, faults: renamed };
  yield* earlier(schedule);
  for (const [index, fault] of faults.entries()) {
    for (const gentle of gentler(fault)) yield replaced(schedule, index, gentle);
  }
}

/** Without all, without halves, quarters, … and without single ones. */
function* withoutSome<T>(items: readonly T[]): Generator<T[]> {
  for (let size = items.length; size >= 1; size = Math.floor(size / 2)) {
    for (let from = 0; from < items.length; from += size) {
      yield [...items.slice(0, from), ...items.slice(from + size)];
    }
  }
}

/** A fault without some of the steps that it can do without; not without all: that is another schedule. */
function* lessOf(fault: Fault): Generator<Fault> {
  const dispensable = fault.filter(isDispensable);
  for (const kept of withoutSome(dispensable)) {
    const less = fault.filter((step) => !isDispensable(step) || kept.includes(step));
    if (less.length > 0) yield less;
  }
}

function* withFewerServers(faults: Schedule["faults"]): Generator<Schedule["faults"]> {
  const sids = new Set(faults.flat().flatMap(sidsOf));
  for (const from of [...sids].sort((a, b) => b - a)) {
    for (let to = 1; to < from; to++) {
      yield faults.map((fault) => fault.map((step) => withSid(step, from, to)));
    }
  }
}

function* earlier(schedule: Schedule): Generator<Schedule> {
  for (const [index, fault] of schedule.faults.entries()) {
    for (const [place, step] of fault.entries()) {
      // The step and all that follow it: the pause before it gets shorter, and the others stay as they are.
      const before = fault[place - 1];
      const pauseMs = instantMs(step) - (before === undefined ? 0 : instantMs(before));
      for (const lessMs of cuts(pauseMs)) {
        const moved = fault.map((other, at) => (at < place ? other : movedBy(other, lessMs)));
        yield replaced(schedule, index, moved);
      }
    }
  }
  const { faults, endMs } = schedule;
  for (const lessMs of cuts(endMs - lastInstantMs(faults))) {
    yield { faults, endMs: endMs - lessMs };
  }
}

function* gentler(fault: Fault): Generator<Fault> {
  for (const [place, step] of fault.entries()) {
    if (step.power !== undefined) {
      const { power: _gone, ...gentle } = step;
      yield fault.with(place, gentle);
    }
    const byMs = (parseDurationUs(step.by ?? "0ms") ?? 0) / 1000;
    for (const lessMs of cuts(byMs - 1)) {
      yield fault.with(place, { ...step, by: `${byMs - lessMs}ms` });
    }
  }
}

/** All of it, a half, a quarter, …, 1; nothing when there is nothing to cut. */
function* cuts(whole: number): Generator<number> {
  for (let cut = Math.floor(whole); cut >= 1; cut = Math.floor(cut / 2)) yield cut;
}

function replaced(schedule: Schedule, index: number, fault: Fault): Schedule {
  return { ...schedule, faults: schedule.faults.with(index, fault) };
}

function movedBy(step: StepInput, lessMs: number): StepInput {
  return { ...step, at: `${instantMs(step) - lessMs}ms` };
}

function sidsOf({ server, servers, groups, from, to }: StepInput): number[] {
  const targets = [server, from, to, ...(servers ?? []), ...(groups ?? []).flat()];
  return targets.filter((target) => typeof target === "number");
}

function withSid(step: StepInput, before: number, after: number): StepInput {
  const one = (target: TargetInput): TargetInput => (target === before ? after : target);
  const several = (targets: readonly TargetInput[]): TargetInput[] => [
    ...new Set(targets.map(one)),
  ];
  const { server, servers, groups, from, to } = step;
  return {
    ...step,
    ...(server === undefined ? {} : { server: one(server) }),
    ...(servers === undefined ? {} : { servers: several(servers) }),
    ...(groups === undefined ? {} : { groups: groups.map(several) }),
    ...(from === undefined ? {} : { from: one(from) }),
    ...(to === undefined ? {} : { to: one(to) }),
  };
}
