import { addResults, takeBatch, type Hunt } from "./hunt.ts";
import type { Team } from "./team.ts";

export type CarryOutOptions = {
  /** ms on the clock of `performance.now()`, after which no more seeds are handed out. */
  readonly untilMs: number;
  /** Ends the hunt where it is, without the runs under way. */
  readonly signal: AbortSignal;
  /** Called whenever results have been counted. */
  readonly onProgress: () => void;
};

/** Lets a team run a hunt, up to its end, the end of its time, or an interruption. */
export async function carryOut(hunt: Hunt, team: Team, options: CarryOutOptions): Promise<void> {
  const { signal, untilMs, onProgress } = options;
  const running = new Set<Promise<void>>();
  const interrupted = new Promise<void>((resolve) => {
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
  const handOut = (): boolean => {
    if (performance.now() >= untilMs || running.size >= team.batches) return false;
    const batch = takeBatch(hunt, team.seeds);
    if (batch === null) return false;
    const work = team.run(batch).then((results) => {
      running.delete(work);
      addResults(hunt, results);
      onProgress();
    });
    running.add(work);
    return true;
  };
  while (!signal.aborted && !hunt.isOver) {
    while (handOut());
    if (running.size === 0) return;
    await Promise.race([...running, interrupted]);
  }
}
