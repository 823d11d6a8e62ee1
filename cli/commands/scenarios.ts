import { SHIPPED_NAMES, shippedScenario } from "../../runner/shipped.ts";
import { ExitCode } from "../exit.ts";
import { paintFor } from "../terminal.ts";

/** `zootrope scenarios`: what is shipped. */
export function scenariosCommand(flags: { readonly json?: boolean }): number {
  const scenarios = SHIPPED_NAMES.flatMap((name) => {
    const scenario = shippedScenario(name);
    return scenario === null ? [] : [{ name, title: scenario.title, file: scenario.file }];
  });
  if (flags.json === true) {
    process.stdout.write(`${JSON.stringify({ scenarios })}\n`);
    return ExitCode.asHoped;
  }
  const paint = paintFor(process.stdout, process.env);
  const width = Math.max(...SHIPPED_NAMES.map((name) => name.length));
  for (const { name, title } of scenarios) {
    process.stdout.write(`${paint("bold", name.padEnd(width))}  ${title}\n`);
  }
  return ExitCode.asHoped;
}
