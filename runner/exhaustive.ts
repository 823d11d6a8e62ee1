import { switchesFor } from "../core/defects.ts";
import { createEnsemble, type Bounds, type Ensemble } from "../sim/explore/ensemble.ts";
import {
  beginSearch,
  resultOf,
  searchOn,
  type Limits,
  type Search,
  type SearchResult,
} from "../sim/explore/search.ts";
import { tellStory } from "../sim/explore/story.ts";
import { readDefects } from "./defects.ts";
import { InputProblem } from "./scenario/input-problem.ts";
import { nearest } from "./scenario/nearest.ts";
import { parseScenario } from "./scenario/parse.ts";

/** What an exhaustive search goes through: every schedule within these bounds. */
export type ExhaustiveBounds = {
  readonly servers: number;
  readonly writes: number;
  readonly crashes: number;
  readonly powerLosses: number;
  readonly timeouts: number;
  readonly elections: number;
} & Limits;

/** Three servers, two transactions, one crash, and one election after it. */
export const DEFAULT_BOUNDS: ExhaustiveBounds = {
  servers: 3,
  writes: 2,
  crashes: 1,
  powerLosses: 0,
  timeouts: 0,
  elections: 1,
  depthMax: 1000,
  statesMax: 20_000_000,
};

export type Exhaustive = {
  readonly bounds: ExhaustiveBounds;
  readonly ensemble: Ensemble;
  readonly search: Search;
};

export type ExhaustiveResult = SearchResult & {
  /** The way to the violation, a line for each step; empty without one. */
  readonly story: readonly string[];
  /** What was looked at, and what was not. */
  readonly covered: readonly string[];
};

/**
 * A search that begins right after an election: the server with the greatest sid leads, everybody follows.
 *
 * @throws InputProblem for a defect that there is not
 */
export function beginExhaustive(bounds: ExhaustiveBounds, defects: readonly string[]): Exhaustive {
  const scenario = parseScenario(
    `{ name: exhaustive, title: Exhaustive, ensemble: { servers: ${bounds.servers}, tickMs: 200 }, until: 1s }`,
    "exhaustive",
    () => null,
  );
  const switches = switchesFor(readDefects(defects, "--defect"));
  const servers = scenario.servers.map((config) => Object.freeze({ ...config, defects: switches }));
  const ensemble = createEnsemble({
    ...bounds,
    servers,
    disks: new Map(),
    elected: { leader: bounds.servers, voters: servers.map(({ sid }) => sid) },
    grain: COARSE,
  });
  return { bounds, ensemble, search: beginSearch(ensemble.model, bounds) };
}

/** Only what a crash can tell apart, or a message: messages, syncs and crashes come in every order. */
const COARSE: Bounds["grain"] = { threads: true, reads: true, names: true, connections: true };

/**
 * Reads bounds such as `writes=3,crashes=0`; what is not named stays as in {@link DEFAULT_BOUNDS}.
 *
 * @throws InputProblem with what was expected
 */
export function readBounds(text: string, where: string): ExhaustiveBounds {
  const bounds: Record<string, number> = { ...DEFAULT_BOUNDS };
  for (const part of text === "" ? [] : text.split(",")) {
    const [name = "", value = ""] = part.split("=");
    const limits = LIMITS[name as keyof ExhaustiveBounds];
    const number = Number(value);
    if (limits === undefined) {
      const near = nearest(name, Object.keys(LIMITS));
      const meant = near === null ? "" : `, did you mean "${near}"?`;
      refuse(
        where,
        `unknown bound "${name}"${meant} expected any of: ${Object.keys(LIMITS).join(", ")}`,
      );
    }
    const [least, most] = limits;
    if (!/^[0-9]+$/.test(value) || number < least || number > most) {
      refuse(where, `${name}: expected a whole number from ${least} to ${most}, found "${value}"`);
    }
    bounds[name] = number;
  }
  return bounds as ExhaustiveBounds;
}

const LIMITS: Readonly<Record<keyof ExhaustiveBounds, readonly [number, number]>> = {
  servers: [1, 5],
  writes: [0, 9],
  crashes: [0, 9],
  powerLosses: [0, 9],
  timeouts: [0, 9],
  elections: [0, 9],
  depthMax: [1, 1_000_000],
  statesMax: [1, 100_000_000],
};

function refuse(where: string, what: string): never {
  throw new InputProblem({ file: where, line: 0, column: 0 }, what);
}

/** Expands up to `count` states more. True while there are more. */
export function exhaustOn({ search }: Exhaustive, count: number): boolean {
  return searchOn(search, count);
}

export function exhaustiveResult({ bounds, ensemble, search }: Exhaustive): ExhaustiveResult {
  const result = resultOf(search);
  const { violation } = result;
  const story = violation === null ? [] : tellStory(ensemble, violation.actions);
  return { ...result, story, covered: coveredBy(bounds, result) };
}

const ENDS: Readonly<Record<SearchResult["end"], string>> = {
  everything: "all of them",
  depth: "as far as the depth allowed",
  states: "as far as the number of states allowed",
  violation: "up to the first violation, the shortest there is",
};

function coveredBy(bounds: ExhaustiveBounds, { end, depth }: SearchResult): string[] {
  const { servers, writes, crashes, powerLosses, timeouts, elections } = bounds;
  return [
    `every schedule of ${servers} servers right after an election, ${ENDS[end]}, up to depth ${depth}`,
    `at most ${writes} writes, ${crashes} crashes, ${powerLosses} power losses, ${timeouts} early timeouts, ${elections} more elections`,
    "in every order: messages (in order on a connection), syncs, crashes, starts, writes, elections and who joins",
    "at once: threads that were woken, reads of files, changes of names, connections",
    "left out: the messages of elections (any quorum that looks elects its best), clients, snapshots in the background, torn writes",
    "no symmetry: equal followers count as different, for sids decide elections",
  ];
}
