import type { Cluster } from "../../sim/cluster/state.ts";
import { RowKind } from "../../sim/trace/row.ts";
import type { Condition } from "../scenario/condition.ts";
import type { Expectation, Scenario, Step } from "../scenario/scenario.ts";
import { obey } from "./commands.ts";
import type { Facts } from "./facts.ts";
import type { Hands } from "./hands.ts";
import { holds } from "./holds.ts";
import { noteLeader } from "./targets.ts";

/** Whether an expectation came true, and when that was settled. */
export type Finding = {
  readonly expectation: Expectation;
  /** Null until it is settled. */
  met: boolean | null;
  atUs: number;
};

/** Carries out the steps of a scenario as the run goes, and watches what is expected of it. */
export type Conductor = {
  readonly cluster: Cluster;
  readonly facts: Facts;
  readonly hands: Hands;
  readonly note: (kind: number, who: number, a: number, text: string) => void;
  /** Steps on conditions wait for the one above them; this is the one that may come next. */
  next: number;
  readonly steps: readonly Step[];
  readonly done: boolean[];
  /** The step whose condition came true, while its pause lasts. */
  scheduled: number;
  /** Writes committed when the step above was carried out. */
  writesBefore: number;
  readonly findings: readonly Finding[];
  /** Findings that changes may settle, from the instant on that their span begins. */
  open: Finding[];
  /** The facts when conditions were last looked at. */
  seenVersion: number;
  /** Violations that the trace has been told of. */
  seenViolations: number;
};

export function createConductor(
  scenario: Scenario,
  cluster: Cluster,
  facts: Facts,
  hands: Hands,
  note: Conductor["note"],
): Conductor {
  const { kernel } = cluster;
  const findings = scenario.expectations.map((expectation): Finding => ({
    expectation,
    met: null,
    atUs: 0,
  }));
  const conductor: Conductor = {
    cluster,
    facts,
    hands,
    note,
    next: 0,
    steps: scenario.steps,
    done: scenario.steps.map(() => false),
    scheduled: -1,
    writesBefore: 0,
    findings,
    open: [],
    seenVersion: -1,
    seenViolations: 0,
  };
  for (const step of scenario.steps) {
    if (step.trigger.kind === "at") {
      hands.later(step.trigger.atUs, () => carryOut(conductor, step));
    }
  }
  for (const finding of findings) {
    const { fromUs, holds: how } = finding.expectation;
    if (how === "at") continue; // looked at in `look`, once, at its instant
    if (fromUs <= kernel.nowUs) conductor.open.push(finding);
    else {
      hands.later(fromUs, () => {
        conductor.open.push(finding);
        conductor.seenVersion = -1;
      });
    }
  }
  return conductor;
}

/** To be called after every turn. Does nothing unless something happened that a condition could depend on. */
export function look(conductor: Conductor): void {
  const { facts } = conductor;
  const violationCount = conductor.cluster.checks?.violations.length ?? 0;
  if (violationCount > conductor.seenViolations) noteViolations(conductor, violationCount);
  if (facts.version === conductor.seenVersion) return;
  conductor.seenVersion = facts.version;
  noteLeader(conductor.cluster, conductor.hands.cast);
  lookAtSteps(conductor);
  if (conductor.open.length > 0) lookAtExpectations(conductor);
}

/**
 * Judges expectations on an instant, and closes those whose span ends there. To be called when the run
 * stands at `atUs` and everything of that instant has happened.
 */
export function judge(conductor: Conductor, atUs: number): void {
  lookAtExpectations(conductor);
  for (const finding of conductor.findings) {
    const { expectation } = finding;
    if (finding.met !== null || expectation.untilUs > atUs) continue;
    switch (expectation.holds) {
      case "at":
        settle(conductor, finding, isTrue(conductor, expectation.condition));
        break;
      case "once":
        settle(conductor, finding, false);
        break;
      case "throughout":
      case "never":
        settle(conductor, finding, true);
        break;
    }
  }
}

/** The instants at which {@link judge} has to be called, ascending. */
export function judgedInstants(scenario: Scenario): number[] {
  const instants = new Set(scenario.expectations.map(({ untilUs }) => untilUs));
  return [...instants].sort((a, b) => a - b);
}

/** Steps that were never carried out, since their condition never came true. */
export function stepsLeft(conductor: Conductor): Step[] {
  return conductor.steps.filter((step) => conductor.done[step.index] !== true);
}

function noteViolations(conductor: Conductor, count: number): void {
  const violations = conductor.cluster.checks?.violations ?? [];
  for (const { check, server, message } of violations.slice(conductor.seenViolations)) {
    conductor.note(RowKind.violated, server, 0, `${check}: ${message}`);
  }
  conductor.seenViolations = count;
  conductor.facts.version++;
}

function lookAtSteps(conductor: Conductor): void {
  const { hands, cluster } = conductor;
  const step = nextConditional(conductor);
  if (step === null || step.trigger.kind !== "when") return;
  const { condition, afterUs } = step.trigger;
  if (condition !== null && !isTrue(conductor, condition)) return;
  conductor.scheduled = step.index;
  // A turn of its own, also without a pause: what a step does is no part of the turn that brought it about.
  hands.later(cluster.kernel.nowUs + afterUs, () => carryOut(conductor, step));
}

/** The next step on a condition, if everything above it was carried out. */
function nextConditional(conductor: Conductor): Step | null {
  while (conductor.done[conductor.next] === true) conductor.next++;
  const step = conductor.steps[conductor.next];
  if (step === undefined || step.trigger.kind === "at" || conductor.scheduled === step.index) {
    return null;
  }
  return step;
}

function carryOut(conductor: Conductor, step: Step): void {
  const { facts, hands } = conductor;
  if (step.caption !== null) conductor.note(RowKind.captioned, 0, 0, step.caption);
  if (step.command !== null) {
    conductor.note(RowKind.stepped, 0, step.index, step.text);
    obey(hands, step.command);
  }
  conductor.done[step.index] = true;
  conductor.writesBefore = facts.committedWrites;
  facts.version++;
}

function lookAtExpectations(conductor: Conductor): void {
  const { kernel } = conductor.cluster;
  let settledAny = false;
  for (const finding of conductor.open) {
    const { condition, holds: how, untilUs } = finding.expectation;
    if (finding.met !== null || kernel.nowUs > untilUs) continue;
    const isNow = isTrue(conductor, condition);
    if (how === "once" && isNow) settle(conductor, finding, true);
    else if (how === "throughout" && !isNow) settle(conductor, finding, false);
    else if (how === "never" && isNow) settle(conductor, finding, false);
    else continue;
    settledAny = true;
  }
  if (settledAny) conductor.open = conductor.open.filter(({ met }) => met === null);
}

function settle(conductor: Conductor, finding: Finding, met: boolean): void {
  finding.met = met;
  finding.atUs = conductor.cluster.kernel.nowUs;
  conductor.note(RowKind.expected, 0, met ? 1 : 0, finding.expectation.text);
}

function isTrue(conductor: Conductor, condition: Condition): boolean {
  return holds(conductor.cluster, conductor.facts, condition, conductor.writesBefore);
}
