import { expect, test } from "vitest";
import { parseScenario } from "../../../runner/scenario/parse.ts";
import { createEnsemble, type Bounds, type Ensemble } from "../../../sim/explore/ensemble.ts";
import { searchAll } from "../../../sim/explore/search.ts";

const FINE = { threads: false, reads: false, names: false, connections: false };
const COARSE = { threads: true, reads: true, names: true, connections: true };

/** Two servers right after their election, and one write. */
function pair(bounds: Partial<Bounds>): Ensemble {
  const { servers } = parseScenario(
    "{ name: pair, title: A pair, ensemble: { servers: 2, tickMs: 200 }, until: 1s }",
    "pair",
    () => null,
  );
  return createEnsemble({
    servers,
    disks: new Map(),
    elected: { leader: 2, voters: [1, 2] },
    writes: 1,
    crashes: 0,
    powerLosses: 0,
    timeouts: 0,
    elections: 1,
    grain: COARSE,
    ...bounds,
  });
}

/** Every state written out, and every turn taken by the core anew: nothing is looked up, nothing is hashed. */
function enumerated({ model, space }: Ensemble): { states: number; transitions: number } {
  const seen = new Set<string>();
  const waiting: Int32Array[] = [];
  let transitions = 0;
  const first = new Int32Array(model.width);
  model.start(first);
  seen.add(first.join());
  waiting.push(first);
  const next = new Int32Array(model.width);
  for (let state = waiting.pop(); state !== undefined; state = waiting.pop()) {
    for (const host of space.hosts) host.outcomes.clear();
    model.expand(state, 0, next, () => {
      transitions++;
      const key = next.join();
      if (seen.has(key)) return;
      seen.add(key);
      waiting.push(next.slice());
    });
  }
  return { states: seen.size, transitions };
}

const NO_LIMITS = { depthMax: Infinity, statesMax: Infinity };

test.each([
  { what: "a write, each thread in its own time", bounds: { grain: FINE } },
  { what: "a crash", bounds: { writes: 0, crashes: 1 } },
])("a search over remembered turns reaches what taking each turn anew does: $what", (one) => {
  const { states, transitions } = searchAll(pair(one.bounds).model, NO_LIMITS);

  expect({ states, transitions }).toEqual(enumerated(pair(one.bounds)));
});

// Pinned: these change when the core takes other steps, or when the search leaves some out.
test("a pair begins, writes once, and every schedule of that is good", () => {
  expect(searchAll(pair({}).model, NO_LIMITS)).toMatchObject({
    states: 34,
    transitions: 50,
    depth: 18,
    end: "everything",
    violation: null,
  });
});

test("threads, reads, names and connections that take their time make more schedules, all of them good", () => {
  expect(searchAll(pair({ grain: FINE }).model, NO_LIMITS)).toMatchObject({
    states: 74,
    transitions: 121,
    depth: 31,
    end: "everything",
    violation: null,
  });
});

test("a power loss at any moment costs nothing that was committed", () => {
  expect(searchAll(pair({ powerLosses: 1 }).model, NO_LIMITS)).toMatchObject({
    states: 760,
    transitions: 1165,
    depth: 35,
    end: "everything",
    violation: null,
  });
});

test("whoever gives up too early comes back, and nothing is lost", () => {
  expect(searchAll(pair({ timeouts: 1 }).model, NO_LIMITS)).toMatchObject({
    states: 400,
    transitions: 692,
    depth: 34,
    end: "everything",
    violation: null,
  });
});
