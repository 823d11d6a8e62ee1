import { Command, CommanderError } from "commander";
import { InputProblem } from "../runner/scenario/input-problem.ts";
import { VERSION } from "../runner/version.ts";
import type { BugsFlags } from "./commands/bugs.ts";
import type { ExhaustiveFlags } from "./commands/exhaustive.ts";
import type { HuntFlags } from "./commands/hunt.ts";
import type { ReplayFlags } from "./commands/replay.ts";
import type { RunFlags } from "./commands/run.ts";
import type { ShrinkFlags } from "./commands/shrink.ts";
import type { ViewFlags } from "./commands/view.ts";
import type { WorkerFlags } from "./commands/queue-worker.ts";
import { ExitCode, UsageError } from "./exit.ts";

// Each command is loaded when it is asked for: a server needs neither scenarios nor simulator, and starts the sooner.

/** Does what a command line says (the first two words are not looked at), and returns its exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  let code: number = ExitCode.asHoped;
  const program = makeProgram((done) => {
    code = done;
  });
  try {
    await program.parseAsync([...argv]);
    return code;
  } catch (error) {
    return explain(error);
  }
}

function makeProgram(finish: (code: number) => void): Command {
  const program = new Command("zootrope")
    .description("ZooKeeper under glass: elections and broadcast you can repeat, watch and rewind")
    .version(VERSION, "-V, --version", "print the version")
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .showSuggestionAfterError()
    .enablePositionalOptions();

  program
    .command("run")
    .argument("<scenario>", "a shipped scenario's name, or a .yaml file")
    .description("one simulated run, and its report")
    .option("--seed <seed>", "another seed than the scenario's own")
    .option(
      "--defect <id>",
      "a historic bug that this run shall have; may be repeated",
      collect,
      [],
    )
    .option("--until <duration>", "stop then, such as 60s")
    .option("--trace <file>", "record the run in a .zt file")
    .option("--json", "print one JSON object and nothing else")
    .action(async (scenario: string, flags: RunFlags) => {
      const { runCommand } = await import("./commands/run.ts");
      finish(await runCommand(scenario, flags));
    });

  program
    .command("replay")
    .argument("<file>", "a .zt file")
    .description("run a trace again: identical, or the first event that differs")
    .option("--json", "print one JSON object and nothing else")
    .option("--anyway", "also when another version made the trace")
    .action(async (file: string, flags: ReplayFlags) => {
      const { replayCommand } = await import("./commands/replay.ts");
      finish(await replayCommand(file, flags));
    });

  program
    .command("hunt")
    .argument("[scenario]", "whose ensemble and clients get the faults; drawn too unless given")
    .description("many seeds with random faults; what is found is made small and kept")
    .option(
      "--defect <id>",
      "a historic bug that all runs shall have; may be repeated",
      collect,
      [],
    )
    .option("--seeds <range>", "such as 1..1000, or 1000.. to go on from there")
    .option("--for <duration>", "no new runs after that, such as 60s (the default without seeds)")
    .option("--workers <number>", "threads; as many as there are processors unless set")
    .option("--queue <url>", "let zootrope workers run it, at a Redis such as redis://host:6379")
    .option("--keep-going", "one finding of each kind, instead of the first one")
    .option("--corpus <folder>", "where findings are kept, and replayed first the next time")
    .option(
      "--exhaustive [bounds]",
      "every schedule of a small ensemble instead, such as servers=3,writes=2,crashes=1",
    )
    .option("--json", "print one JSON object and nothing else")
    .action(async (scenario: string | undefined, flags: HuntFlags & Partial<ExhaustiveFlags>) => {
      const { exhaustive } = flags;
      if (exhaustive !== undefined) {
        const { exhaustiveCommand } = await import("./commands/exhaustive.ts");
        finish(await exhaustiveCommand({ ...flags, exhaustive }));
        return;
      }
      const { huntCommand } = await import("./commands/hunt.ts");
      finish(await huntCommand(scenario, flags));
    });

  program
    .command("shrink")
    .argument("<file>", "a counterexample (.zt), or a scenario that fails")
    .description("make a counterexample smaller, and tell its story")
    .option("--seed <seed>", "of a scenario: another seed than its own")
    .option("--defect <id>", "of a scenario: a historic bug it has; may be repeated", collect, [])
    .option("--json", "print one JSON object and nothing else")
    .action(async (file: string, flags: ShrinkFlags) => {
      const { shrinkCommand } = await import("./commands/shrink.ts");
      finish(await shrinkCommand(file, flags));
    });

  program
    .command("worker")
    .description("run the seeds of hunts at a queue, until told to stop")
    .requiredOption("--queue <url>", "the hunts' Redis, such as redis://host:6379")
    .option("--workers <number>", "threads; as many as there are processors unless set")
    .action(async (flags: WorkerFlags) => {
      const { workerCommand } = await import("./commands/queue-worker.ts");
      finish(await workerCommand(flags));
    });

  program
    .command("view")
    .argument("[what...]", "a scenario to run, or .zt files")
    .description("serve the viewer with that loaded")
    .option("--seed <seed>", "another seed than the scenario's own")
    .option("--defect <id>", "a historic bug that the run shall have; may be repeated", collect, [])
    .option("--port <number>", "the port on this machine; any free one unless set")
    .option("--no-open", "do not open a browser")
    .action(async (what: string[], flags: ViewFlags) => {
      const { viewCommand } = await import("./commands/view.ts");
      finish(await viewCommand(what, flags));
    });

  program
    .command("scenarios")
    .description("what is shipped")
    .option("--json", "print one JSON object and nothing else")
    .action(async (flags: { json?: boolean }) => {
      const { scenariosCommand } = await import("./commands/scenarios.ts");
      finish(scenariosCommand(flags));
    });

  program
    .command("bugs")
    .argument("[id]", "one of them, such as ZOOKEEPER-1154, 1154 or diff-without-trunc")
    .description("historic bugs that a run can have; the story of one")
    .option(
      "--verify",
      "prove that each shows with its defect and not without; look for it at random",
    )
    .option("--json", "print one JSON object and nothing else")
    .action(async (id: string | undefined, flags: BugsFlags) => {
      const { bugsCommand } = await import("./commands/bugs.ts");
      finish(await bugsCommand(id, flags));
    });

  program
    .command("server")
    .argument(
      "[words...]",
      "start, start-foreground, stop, restart, status, version or print-cmd; a zoo.cfg; -Dname=value",
    )
    .description("a real server, with the verbs of zkServer.sh")
    .allowUnknownOption()
    .passThroughOptions()
    .action(async (words: string[]) => {
      const { serverCommand } = await import("./commands/server.ts");
      finish(await serverCommand(words));
    });

  program
    .command("bench")
    .argument("[name...]", "some of the benchmarks; all of them unless set")
    .description("the benchmarks")
    .option("--json", "print one JSON object and nothing else")
    .action(async (names: string[], flags: { json?: boolean }) => {
      const { benchCommand } = await import("./commands/bench.ts");
      finish(await benchCommand(names, flags));
    });

  program
    .command("version")
    .description("print the version")
    .action(() => {
      process.stdout.write(`${VERSION}\n`);
    });

  for (const command of program.commands) {
    command.exitOverride().configureOutput({ outputError: () => undefined });
  }
  return program;
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

/** One line for what a person can mend; anything else is a bug, and shows where. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    // Help and version have printed themselves.
    if (error.exitCode === 0) return ExitCode.asHoped;
    if (error.code !== "commander.help") {
      const [line = ""] = error.message
        .replace(/^error: /, "")
        .replace(/\n\(?/g, "; ")
        .split("\n");
      process.stderr.write(`zootrope: ${line.replace(/\)$/, "")}\n`);
    }
    return ExitCode.badInput;
  }
  if (error instanceof UsageError) {
    process.stderr.write(`zootrope: ${error.message}\n`);
    return ExitCode.badInput;
  }
  if (error instanceof InputProblem) {
    process.stderr.write(`${error.message}\n`);
    return ExitCode.badInput;
  }
  throw error;
}
