import { BUG_NAMES, SHIPPED_NAMES, shippedScenario } from "../../runner/shipped.ts";
import { ExitCode } from "../exit.ts";
import { paintFor } from "../terminal.ts";

/** `zootrope scenarios`: what is shipped. */
export function scenariosCommand(flags: { readonly json?: boolean }): number {
  if (flags.json === true) {
    const scenarios = [...SHIPPED_NAMES, ...BUG_NAMES].flatMap(listed);
    process.stdout.write(`${JSON.stringify({ scenarios })}\n`);
    return ExitCode.asHoped;
  }
  const paint = paintFor(process.stdout, process.env);
  const width = Math.max(...[...SHIPPED_NAMES, ...BUG_NAMES].map((name) => name.length));
  const linesOf = (names: readonly string[]): string[] =>
    names
      .flatMap(listed)
      .map(({ name, title }) => `${paint("bold", name.padEnd(width))}  ${title}`);
  const lines = [
    ...linesOf(SHIPPED_NAMES),
    "",
    "Historic bugs, which show with their defect (run 1154-diff-without-trunc --defect 1154):",
    ...linesOf(BUG_NAMES),
  ];
  process.stdout.write(`${lines.join("\n")}\n`);
  return ExitCode.asHoped;
}

type Listed = { readonly name: string; readonly title: string; readonly file: string };

function listed(name: string): Listed[] {
  const scenario = shippedScenario(name);
  return scenario === null ? [] : [{ name, title: scenario.title, file: scenario.file }];
}
