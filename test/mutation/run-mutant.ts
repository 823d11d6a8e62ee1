/**
 * Runs the sources that it lies among and prints, as JSON, which checks were broken and in how many runs:
 *
 *   tsx test/mutation/run-mutant.ts SECONDS
 *
 * Storms, seeds of the general swarm and the shipped scenarios in turn, until three runs have found something, or the
 * time is over.
 */
import { runHuntSeed } from "../../runner/hunt/hunt-seed.ts";
import { SHIPPED_NAMES, shippedScenario } from "../../runner/shipped.ts";
import { simulate } from "../../runner/simulate.ts";
import { storm } from "../support/storm.ts";

const FINDINGS_ENOUGH = 3;

const untilMs = Date.now() + Number(process.argv[2] ?? 20) * 1000;
let findings = 0;
const found: Record<string, number> = {};

for (let seed = 1; !isEnough(); seed++) {
  judge(() => storm(`mutant ${seed}`).violations.map(({ check }) => check));
  judge(() => {
    const { finding } = runHuntSeed({ seed: String(seed), defects: [], scenario: null });
    return finding === null ? [] : [finding.violation.check];
  });
  judge(() => {
    const scenario = shippedScenario(SHIPPED_NAMES[seed % SHIPPED_NAMES.length] ?? "");
    if (scenario === null) return [];
    return simulate(scenario, { seed: String(seed) }).outcome.violations.map(({ check }) => check);
  });
}
console.log(JSON.stringify(found));

function judge(run: () => readonly string[]): void {
  if (isEnough()) return;
  const checks = new Set(checksOf(run));
  if (checks.size > 0) findings++;
  for (const check of checks) found[check] = (found[check] ?? 0) + 1;
}

/** A core that throws is found out as well. */
function checksOf(run: () => readonly string[]): readonly string[] {
  try {
    return run();
  } catch (error) {
    return [`throws: ${error instanceof Error ? error.message.slice(0, 60) : "?"}`];
  }
}

function isEnough(): boolean {
  return findings >= FINDINGS_ENOUGH || Date.now() > untilMs;
}
