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

/** Where the stories of historic bugs are, one for each defect, named after it. */
const BUGS = "bugs/";

/** The names of all scenarios that come with the program, in the order in which they should be met. */
export const SHIPPED_NAMES: readonly string[] = namesIn("").sort((a, b) => rank(a) - rank(b));

/** The names of those that show a historic bug, to a run that has its defect; in the order of their numbers. */
export const BUG_NAMES: readonly string[] = namesIn(BUGS).sort(
  (a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10),
);

/** A shipped scenario, or null when none has that name. */
export function shippedScenario(name: string): Scenario | null {
  const path = (BUG_NAMES.includes(name) ? BUGS : "") + name + SUFFIX;
  const text = SHIPPED_FILES.get(path);
  return text === undefined ? null : parseScenario(text, `scenarios/${path}`, readBesideShipped);
}

function namesIn(folder: string): string[] {
  const names: string[] = [];
  for (const path of SHIPPED_FILES.keys()) {
    const name = path.slice(folder.length, -SUFFIX.length);
    if (path === folder + name + SUFFIX && !name.includes("/")) names.push(name);
  }
  return names;
}

const readBesideShipped: ReadBeside = (path) => SHIPPED_FILES.get(path) ?? null;

/** One that is not listed comes last. */
function rank(name: string): number {
  const index = STORY_ORDER.indexOf(name);
  return index < 0 ? STORY_ORDER.length : index;
}
