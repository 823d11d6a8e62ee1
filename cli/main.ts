#!/usr/bin/env node
import { ExitCode } from "./exit.ts";
import { main } from "./program.ts";

// A reader that has seen enough closes the pipe; that is no failure of ours.
process.stdout.on("error", () => process.exit(ExitCode.asHoped));

process.exitCode = await main(process.argv);
