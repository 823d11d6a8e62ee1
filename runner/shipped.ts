import type { ReadBeside } from "./scenario/ensemble.ts";
import { parseScenario } from "./scenario/parse.ts";
import type { Scenario } from "./scenario/scenario.ts";
import { SHIPPED_FILES } from "./shipped-files.ts";

const SUFFIX = ".scenario.yaml";

/** From the simple to the intricate. */
const STORY_ORDER: readonly string[] = [
  "tutorial-three",
  "tutorial-five",
  "leader-crash",
  "follower-diff",
  "follower-snap",
  "follower-trunc",
  "leader-isolated",
  "minority-partition",
  "one-way-partition",
  "cold-start",
  "rolling-restart",
  "observer",
  "sessions",
  "lock",
];

/** The names of all scenarios that come with the program, in the order in which they should be met. */
export const SHIPPED_NAMES: readonly string[] = [...SHIPPED_FILES.keys()]
  .filter((path) => path.endsWith(SUFFIX))
  .map((path) => path.slice(0, -SUFFIX.length))
  .sort((a, b) => rank(a) - rank(b));

/** A shipped scenario, or null when none has that name. */
export function shippedScenario(name: string): Scenario | null {
  const text = SHIPPED_FILES.get(name + SUFFIX);
  return text === undefined
    ? null
    : parseScenario(text, `scenarios/${name}${SUFFIX}`, readBesideShipped);
}

const readBesideShipped: ReadBeside = (path) => SHIPPED_FILES.get(path) ?? null;

/** One that is not listed comes last. */
function rank(name: string): number {
  const index = STORY_ORDER.indexOf(name);
  return index < 0 ? STORY_ORDER.length : index;
}
