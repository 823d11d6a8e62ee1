import * as fc from "fast-check";
import { createBudget, type FaultSite } from "../../runner/hunt/faults/fault-draw.ts";
import { FAULTS } from "../../runner/hunt/faults/table.ts";
import type { StepInput } from "../../runner/scenario/input.ts";
import { openStream, pick, type Stream } from "../../sim/kernel/stream.ts";
import { stepsOf, type Schedule } from "./schedule.ts";
import { smaller } from "./smaller.ts";

export type FaultScheduleOptions = {
  /** Servers 1 to this one may be struck; in a smaller ensemble, what strikes the others is left out. */
  readonly servers?: number;
  /** Faults at most. */
  readonly faultsMax?: number;
  /** ms; by then every fault is over. */
  readonly untilMs?: number;
};

/** An ensemble of three survives the loss of one disk, so that is what may be lost in any. */
const SMALLEST_ENSEMBLE: readonly number[] = [1, 2, 3];

/**
 * Fault schedules as steps of a scenario: the faults of `zootrope hunt`, each with its begin and its end, none of them
 * more than a quorum must survive. So whatever a check finds under one is a bug. Shrinks towards fewer faults,
 * fewer steps, fewer servers, and everything as early and as short as can be.
 */
export function faultSchedules(options: FaultScheduleOptions = {}): fc.Arbitrary<StepInput[]> {
  return new FaultSchedules(
    options.servers ?? 5,
    options.faultsMax ?? 6,
    options.untilMs ?? 10_000,
  );
}

class FaultSchedules extends fc.Arbitrary<StepInput[]> {
  readonly #servers: number;
  readonly #faultsMax: number;
  readonly #untilMs: number;

  constructor(servers: number, faultsMax: number, untilMs: number) {
    super();
    this.#servers = servers;
    this.#faultsMax = faultsMax;
    this.#untilMs = untilMs;
  }

  generate(random: fc.Random): fc.Value<StepInput[]> {
    const dice = openStream(String(random.nextInt(0, 0x7fff_ffff)), "fault schedule");
    const count = random.nextInt(0, this.#faultsMax);
    return valueOf({ faults: this.#drawFaults(dice, count), endMs: this.#untilMs });
  }

  override canShrinkWithoutContext(_value: unknown): _value is StepInput[] {
    return false;
  }

  override shrink(_value: StepInput[], context: unknown): fc.Stream<fc.Value<StepInput[]>> {
    if (context === undefined) return fc.Stream.nil();
    return fc.stream(smaller(context as Schedule)).map(valueOf);
  }

  #drawFaults(dice: Stream, count: number): StepInput[][] {
    const voters = Array.from({ length: this.#servers }, (_, index) => index + 1);
    const budget = createBudget(SMALLEST_ENSEMBLE);
    const site: FaultSite = { voters, observers: [], fromMs: 0, untilMs: this.#untilMs, budget };
    return Array.from({ length: count }, () => pick(dice, FAULTS).draw(dice, site)).flatMap(
      (steps) => (steps === null ? [] : [[...steps]]),
    );
  }
}

function valueOf(schedule: Schedule): fc.Value<StepInput[]> {
  return new fc.Value(stepsOf(schedule), schedule);
}
