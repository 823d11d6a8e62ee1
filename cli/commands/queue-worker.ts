import { serveQueue } from "../../runner/hunt/queue-worker.ts";
import { placeOf } from "../../runner/hunt/redis.ts";
import { ExitCode } from "../exit.ts";
import { openOwnTeam, readQueue, readWorkers } from "../hunt-team.ts";
import { plural } from "../report.ts";
import { statusLine } from "../terminal.ts";

export type WorkerFlags = { readonly queue: string; readonly workers?: string };

/** `zootrope worker`: runs the seeds of whatever hunts there are, until it is told to stop. */
export async function workerCommand(flags: WorkerFlags): Promise<number> {
  const url = readQueue(flags.queue);
  const team = openOwnTeam(readWorkers(flags.workers));
  const status = statusLine(process.stderr);
  const tell = (text: string): void => status.say(text);
  const end = new AbortController();
  const onEnd = (): void => end.abort();
  process.once("SIGINT", onEnd).once("SIGTERM", onEnd);
  let runs = 0;
  let found = 0;
  tell(`working for hunts at ${placeOf(url)}; Ctrl-C ends it`);
  await serveQueue(url, team, {
    signal: end.signal,
    tell,
    onProgress: (results) => {
      runs += results.length;
      found += results.filter(({ finding }) => finding !== null).length;
      status.show(`${plural(runs, "run")}  ${found} found`);
    },
  });
  status.clear();
  await team.close();
  tell(`${plural(runs, "run")}, ${found} of them with a violation`);
  return ExitCode.asHoped;
}
