import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { openThreads, workAlone, type Team } from "../runner/hunt/team.ts";
import { UsageError } from "./exit.ts";

/** Who is to run the seeds of a hunt. */
export type TeamFlags = { readonly workers?: string; readonly queue?: string };

const WORKERS_MAX = 256;

/**
 * The workers at a queue, or threads of this process.
 *
 * @param tell hears what a person should know of the queue
 * @throws UsageError
 */
export async function openTeam(flags: TeamFlags, tell: (text: string) => void): Promise<Team> {
  if (flags.queue === undefined) return openOwnTeam(readWorkers(flags.workers));
  if (flags.workers !== undefined) {
    throw new UsageError("--workers cannot stand beside --queue: each zootrope worker has its own");
  }
  const url = readQueue(flags.queue);
  const { openQueue } = await import("../runner/hunt/queue-team.ts");
  return openQueue(url, tell);
}

/** A thread for each worker; where the command runs from its sources, threads could not load them. */
export function openOwnTeam(workers: number): Team {
  const workerFile = join(import.meta.dirname, "hunt-worker.js");
  return workers === 1 || !existsSync(workerFile) ? workAlone() : openThreads(workers, workerFile);
}

/** As many as there are processors unless asked for. */
export function readWorkers(text: string | undefined): number {
  if (text === undefined) return availableParallelism();
  const workers = Number(text);
  if (/^\d+$/.test(text) && workers >= 1 && workers <= WORKERS_MAX) return workers;
  throw new UsageError(
    `--workers: expected a whole number from 1 to ${WORKERS_MAX}, found "${text}"`,
  );
}

/** @throws UsageError when it is no address of a Redis */
export function readQueue(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url !== null && /^rediss?:$/.test(url.protocol) && url.host !== "") return text;
  throw new UsageError(
    `--queue: expected the address of a Redis such as redis://localhost:6379, found "${text}"`,
  );
}
