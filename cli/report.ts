import type { Outcome } from "../runner/run/outcome.ts";
import type { Scenario } from "../runner/scenario/scenario.ts";
import { table, wrap } from "./table.ts";
import type { Paint } from "./terminal.ts";

const WIDTH = 80;
const LABEL_WIDTH = 10;

/** What a person reads of a run, on lines of 80 columns. `command` is what replays it. */
export function reportLines(
  scenario: Scenario,
  outcome: Outcome,
  command: string,
  paint: Paint,
): string[] {
  return [
    ...headLines(scenario, outcome, paint),
    "",
    ...electionLines(outcome, paint),
    "",
    ...serverLines(outcome, paint),
    "",
    ...labelled("Clients", workloadText(outcome), paint),
    ...labelled("Faults", faultText(outcome), paint),
    ...expectationLines(outcome, paint),
    ...checkLines(outcome, paint),
    ...violationLines(outcome, paint),
    ...labelled("Hash", outcome.traceHash, paint),
    ...labelled("Replay", command, paint),
    "",
    verdict(outcome, paint),
  ];
}

function headLines(scenario: Scenario, outcome: Outcome, paint: Paint): string[] {
  const { events, simulatedMs, wallMs, seed } = outcome;
  const voters = scenario.servers[0]?.quorum.voters.length ?? 0;
  const observers = scenario.servers.length - voters;
  const who = `${plural(voters, "server")}${observers > 0 ? ` and ${plural(observers, "observer")}` : ""}`;
  const speed = `${grouped(events)} events, ${seconds(simulatedMs)} simulated in ${seconds(wallMs)}`;
  return [
    `${paint("bold", scenario.title)}  ${paint("dim", scenario.name)}`,
    paint("dim", `seed ${seed}, ${who}; ${speed}`),
  ];
}

function electionLines(outcome: Outcome, paint: Paint): string[] {
  if (outcome.elections.length === 0) return [paint("bold", "Elections"), "  nobody was elected"];
  const rows = outcome.elections.map(({ epoch, leader, startedMs, finishedMs }) => [
    String(epoch),
    `server ${leader}`,
    `${(startedMs / 1000).toFixed(3)} s`,
    `${(finishedMs - startedMs).toFixed(1)} ms`,
  ]);
  return titled(
    "Elections",
    table(
      [
        { heading: "epoch", align: "right" },
        { heading: "leader", align: "left" },
        { heading: "began at", align: "right" },
        { heading: "took", align: "right" },
      ],
      rows,
    ),
    paint,
  );
}

function serverLines(outcome: Outcome, paint: Paint): string[] {
  const rows = outcome.servers.map(({ sid, state, epoch, zxid, treeDigest }) =>
    state === "DOWN"
      ? [String(sid), state, "", "", ""]
      : [String(sid), state, String(epoch), zxid, treeDigest],
  );
  return titled(
    "At the end",
    table(
      [
        { heading: "server", align: "right" },
        { heading: "state", align: "left" },
        { heading: "epoch", align: "right" },
        { heading: "zxid", align: "left" },
        { heading: "tree", align: "left" },
      ],
      rows,
    ),
    paint,
  );
}

function workloadText({ workload, committed }: Outcome): string {
  const { ops, ok, failed, unknown } = workload;
  if (ops === 0) return `no operations; ${plural(committed, "transaction")} committed`;
  const parts = [`${grouped(ok)} ok`, `${grouped(failed)} failed`, `${grouped(unknown)} unknown`];
  return `${plural(ops, "operation")} (${parts.join(", ")}); ${plural(committed, "transaction")} committed`;
}

export function faultText({ faults }: Pick<Outcome, "faults">): string {
  const kinds = Object.entries(faults).map(([kind, count]) => `${count} × ${kind}`);
  return kinds.length === 0 ? "none" : kinds.join(", ");
}

function expectationLines({ expectations }: Outcome, paint: Paint): string[] {
  if (expectations.length === 0) return labelled("Expected", "nothing in particular", paint);
  return expectations.flatMap(({ expectation, met }, index) => {
    const mark = met ? paint("green", "✓") : paint("red", "✗");
    return [`${label(index === 0 ? "Expected" : "", paint)}${mark} ${expectation}`];
  });
}

function checkLines({ checks }: Outcome, paint: Paint): string[] {
  const names = Object.keys(checks);
  const violated = names.filter((name) => checks[name] === "violated");
  const text =
    violated.length === 0
      ? `${paint("green", "✓")} all ${names.length} properties held after every event`
      : `${paint("red", "✗")} ${violated.length} of ${names.length} violated: ${violated.join(", ")}`;
  return [`${label("Checks", paint)}${text}`];
}

function violationLines({ violations }: Outcome, paint: Paint): string[] {
  return violations.flatMap(({ check, event, atMs, message }) => [
    "",
    `${paint(["bold", "red"], check)}  ${paint("dim", `event ${grouped(event)}, ${seconds(atMs)}`)}`,
    ...wrap(message, WIDTH, "  "),
    "",
  ]);
}

function verdict({ ok, stopped, violations }: Outcome, paint: Paint): string {
  if (stopped === "interrupted")
    return paint("yellow", "Interrupted: this is what was found so far.");
  if (ok)
    return paint("green", "As hoped: everything expected came true, and nothing was violated.");
  return paint("red", `Not as hoped: ${plural(violations.length, "violation")}.`);
}

function titled(title: string, [heading = "", ...rows]: readonly string[], paint: Paint): string[] {
  return [paint("bold", title), paint("dim", heading), ...rows];
}

export function labelled(name: string, text: string, paint: Paint): string[] {
  const [first = "", ...rest] = wrap(text, WIDTH - LABEL_WIDTH, "");
  return [`${label(name, paint)}${first}`, ...rest.map((line) => " ".repeat(LABEL_WIDTH) + line)];
}

function label(name: string, paint: Paint): string {
  return paint("bold", name.padEnd(LABEL_WIDTH));
}

export function plural(count: number, noun: string): string {
  return `${grouped(count)} ${noun}${count === 1 ? "" : "s"}`;
}

/** Digits in groups of three, whatever the machine's language. */
export function grouped(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ",");
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(ms < 10_000 ? 2 : 1)} s`;
}
