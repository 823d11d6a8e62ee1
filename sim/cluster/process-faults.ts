import { openSource } from "../kernel/source.ts";
import { withDrift, withJump } from "./clock.ts";
import { LATE_POINTS, makeLateness, type LatePoint } from "./late.ts";
import { deliverToServer } from "./server-process.ts";
import { WALL_START_MS, type Cluster, type ServerProcess } from "./state.ts";

/** From now on a server's clocks run so much faster, or slower, than true time. */
export function drift({ kernel }: Cluster, process: ServerProcess, driftPpm: number): void {
  process.clock = withDrift(process.clock, driftPpm, kernel.nowUs);
}

/** Somebody sets a server's wall clock so much forward, or back. */
export function jump(cluster: Cluster, process: ServerProcess, byMs: number): void {
  process.clock = withJump(process.clock, byMs);
  const wallOffsetMs = WALL_START_MS + process.clock.offsetMs;
  deliverToServer(cluster, process, { kind: "clockSet", wallOffsetMs });
}

/** From now on a server is late at these points, once in `outOf` times, by up to `maxUs`; never with 0 µs. */
export function beLate(
  { streams }: Cluster,
  process: ServerProcess,
  points: readonly LatePoint[] | null,
  outOf: number,
  maxUs: number,
): void {
  const source = openSource(streams.seed, `late ${process.sid}`);
  process.late = makeLateness(source, points ?? LATE_POINTS, outOf, maxUs);
}
