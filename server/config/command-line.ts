import { ConfigProblem } from "../../core/ensemble/config-problem.ts";
import type { Property } from "../../core/ensemble/properties.ts";

/** Where system properties come from that no file has. */
const COMMAND_LINE = "command line";

/** The variables that zkServer.sh hands to the server, in its order: a later one goes before. */
const FLAG_VARIABLES = ["SERVER_JVMFLAGS", "JVMFLAGS"] as const;

/** The words of SERVER_JVMFLAGS and JVMFLAGS, taken apart as a shell takes apart what is not quoted. */
export function flagWords(environment: Readonly<Record<string, string | undefined>>): string[] {
  return FLAG_VARIABLES.flatMap((name) =>
    (environment[name] ?? "").split(/\s+/).filter((word) => word !== ""),
  );
}

/**
 * The system properties of words `-Dname=value`. Words that speak to a Java machine are passed over: there is none here.
 *
 * @throws ConfigProblem at a `-D` without a name
 */
export function definitions(words: readonly string[]): Map<string, Property> {
  const properties = new Map<string, Property>();
  for (const word of words) {
    if (!word.startsWith("-D")) continue;
    const equals = word.indexOf("=");
    const key = equals < 0 ? word.slice(2) : word.slice(2, equals);
    if (key === "") {
      throw new ConfigProblem(COMMAND_LINE, 0, `expected -Dname=value, found "${word}"`);
    }
    const value = equals < 0 ? "" : word.slice(equals + 1);
    properties.set(key, { key: `-D${key}`, value, file: COMMAND_LINE, line: 0 });
  }
  return properties;
}
