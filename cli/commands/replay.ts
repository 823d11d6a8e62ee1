import { foreignVersion, replay, type Replay } from "../../runner/replay.ts";
import { InputProblem } from "../../runner/scenario/input-problem.ts";
import { readTrace } from "../../runner/trace-store.ts";
import { VERSION } from "../../runner/version.ts";
import { ExitCode, UsageError } from "../exit.ts";
import { grouped } from "../report.ts";
import { paintFor, type Paint } from "../terminal.ts";

export type ReplayFlags = { readonly json?: boolean; readonly anyway?: boolean };

/** `zootrope replay FILE`: runs a trace again, and says identical or where it first differs. */
export async function replayCommand(file: string, flags: ReplayFlags): Promise<number> {
  const trace = await readTrace(file);
  const foreign = foreignVersion(trace);
  if (foreign !== null && flags.anyway !== true) {
    throw new UsageError(
      `${file} was made by zootrope ${foreign}, and this is ${VERSION}, which may run the same seed otherwise; zootrope replay ${file} --anyway tries it all the same`,
    );
  }
  const found = again(file, trace);
  if (flags.json === true) process.stdout.write(`${JSON.stringify(found)}\n`);
  else {
    const lines = replayLines(file, found, paintFor(process.stdout, process.env));
    process.stdout.write(`${lines.join("\n")}\n`);
  }
  return found.identical ? ExitCode.asHoped : ExitCode.violated;
}

/** A scenario or a defect that another version knew may mean nothing to this one. */
function again(file: string, trace: Parameters<typeof replay>[0]): Replay {
  try {
    return replay(trace);
  } catch (error) {
    if (!(error instanceof InputProblem)) throw error;
    throw new UsageError(`${file}: it cannot be run again: ${error.message}`);
  }
}

export function replayLines(file: string, found: Replay, paint: Paint): string[] {
  const { difference, events, hash } = found;
  const run = `${found.scenario}, seed ${found.seed}, ${grouped(events.again)} events`;
  if (found.identical) return [`${paint("green", "identical")}  ${run}, hash ${hash.again}`];
  const head = `${paint("red", "differs")}  ${file}: ${run}, hash ${hash.again}, recorded ${hash.recorded}`;
  if (difference === null) return [head];
  return [
    head,
    `first at event ${grouped(difference.event)}, ${(difference.atMs / 1000).toFixed(6)} s:`,
    `  recorded  ${difference.recorded ?? "(the trace ends here)"}`,
    `  again     ${difference.again ?? "(the run ends here)"}`,
  ];
}
