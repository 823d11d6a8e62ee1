import { createHash, mix, type RollingHash } from "../kernel/hash.ts";

/**
 * Breadth first through every state that can be reached, each once: the shortest way to a violation is found
 * first. States are runs of `width` small integers; of those that were seen only 64 bits are kept, so that two states
 * could be taken for one with a chance of n² / 2^65 (2 · 10^-7 for three million).
 */
export type Model = {
  readonly width: number;
  /** Writes the first state. */
  readonly start: (into: Int32Array) => void;
  /**
   * Calls `reached` once for every transition out of the state that begins at `from`. The next state is in `next` by
   * then; a violation that shows in it is told along.
   */
  readonly expand: (
    states: Int32Array,
    from: number,
    next: Int32Array,
    reached: (action: number, violation: string | null) => void,
  ) => void;
};

export type Limits = { readonly depthMax: number; readonly statesMax: number };

export type SearchResult = {
  /** Different states that were reached, the first one among them. */
  readonly states: number;
  /** Those of them whose transitions were all taken. */
  readonly expanded: number;
  readonly transitions: number;
  /** Transitions from the first state to the farthest one. */
  readonly depth: number;
  /** Everything that can be reached was; else what stopped the search. */
  readonly end: "everything" | "depth" | "states" | "violation";
  readonly violation: { readonly message: string; readonly actions: readonly number[] } | null;
};

/** A search that goes on piece by piece, with progress in between. */
export type Search = {
  readonly model: Model;
  readonly limits: Limits;
  readonly seen: Seen;
  /** States by number, in chunks; those that were expanded are forgotten. */
  readonly chunks: Int32Array[];
  next: Int32Array;
  /** The next state to expand. */
  at: number;
  transitions: number;
  depth: number;
  /** The first state of the next depth. */
  depthEnd: number;
  stopped: SearchResult["end"] | null;
  violation: SearchResult["violation"];
};

/** States in one chunk. */
const CHUNK = 1 << 14;

export function beginSearch(model: Model, limits: Limits): Search {
  const search: Search = {
    model,
    limits,
    seen: createSeen(),
    chunks: [],
    next: new Int32Array(model.width),
    at: 0,
    transitions: 0,
    depth: 0,
    depthEnd: 1,
    stopped: null,
    violation: null,
  };
  model.start(search.next);
  add(search, -1, 0);
  return search;
}

/** Expands up to `count` states more. True while there are more. */
export function searchOn(search: Search, count: number): boolean {
  const { model, seen, limits } = search;
  const until = search.at + count;
  const reached = (action: number, violation: string | null): void => {
    search.transitions++;
    const isNew = add(search, search.at, action);
    if (violation === null || !isNew || search.violation !== null) return;
    search.violation = { message: violation, actions: pathTo(seen, seen.count - 1) };
    search.stopped = "violation";
  };
  while (search.stopped === null && search.at < until) {
    if (search.at === seen.count) {
      search.stopped = "everything";
    } else if (search.at === search.depthEnd) {
      search.depth++;
      search.depthEnd = seen.count;
    }
    if (search.stopped !== null) break;
    if (search.depth >= limits.depthMax) search.stopped = "depth";
    else if (seen.count >= limits.statesMax) search.stopped = "states";
    else {
      const chunk = search.chunks[Math.floor(search.at / CHUNK)]!;
      model.expand(chunk, (search.at % CHUNK) * model.width, search.next, reached);
      search.at++;
      if (search.at % CHUNK === 0) search.chunks[search.at / CHUNK - 1] = NOTHING;
    }
  }
  return search.stopped === null;
}

export function resultOf(search: Search): SearchResult {
  const { seen, at, transitions, depth, stopped, violation } = search;
  return {
    states: seen.count,
    expanded: at,
    transitions,
    depth,
    end: stopped ?? "states",
    violation,
  };
}

export function searchAll(model: Model, limits: Limits): SearchResult {
  const search = beginSearch(model, limits);
  while (searchOn(search, 1 << 16)) continue;
  return resultOf(search);
}

const NOTHING = new Int32Array(0);

/** Is the state in `search.next` a new one? Then it is kept. */
function add(search: Search, parent: number, action: number): boolean {
  const { seen, model, next, chunks } = search;
  if (!insert(seen, next, model.width, parent, action)) return false;
  const number = seen.count - 1;
  const place = number % CHUNK;
  if (place === 0) chunks.push(new Int32Array(CHUNK * model.width));
  chunks[chunks.length - 1]!.set(next, place * model.width);
  return true;
}

/** What was seen: fingerprints in an open table, and by the number of each state how it was reached. */
type Seen = {
  count: number;
  /** Two words a slot; 0, 0 is empty. */
  table: Int32Array;
  mask: number;
  parents: Int32Array;
  actions: Float64Array;
  readonly hash: RollingHash;
};

function createSeen(): Seen {
  const slots = 1 << 16;
  return {
    count: 0,
    table: new Int32Array(2 * slots),
    mask: slots - 1,
    parents: new Int32Array(slots),
    actions: new Float64Array(slots),
    hash: createHash(),
  };
}

function insert(
  seen: Seen,
  state: Int32Array,
  width: number,
  parent: number,
  action: number,
): boolean {
  const { hash } = seen;
  hash[0] = 0x5a6f_6f74;
  hash[1] = 0x726f_7065;
  for (let at = 0; at < width; at++) mix(hash, state[at]!);
  const low = finish(hash[0]);
  const high = finish(hash[1] ^ low) | 1; // never the mark of an empty slot
  const { table, mask } = seen;
  let slot = low & mask;
  for (;;) {
    const other = table[2 * slot + 1]!;
    if (other === 0) break;
    if (other === high && table[2 * slot] === low) return false;
    slot = (slot + 1) & mask;
  }
  table[2 * slot] = low;
  table[2 * slot + 1] = high;
  seen.parents[seen.count] = parent;
  seen.actions[seen.count] = action;
  seen.count++;
  if (seen.count * 2 > mask) grow(seen);
  return true;
}

function finish(lane: number): number {
  let word = Math.imul(lane ^ (lane >>> 16), 0x85eb_ca6b);
  word = Math.imul(word ^ (word >>> 13), 0xc2b2_ae35);
  return word ^ (word >>> 16);
}

function grow(seen: Seen): void {
  const old = seen.table;
  const slots = old.length; // twice as many as there were
  const table = new Int32Array(2 * slots);
  const mask = slots - 1;
  for (let at = 0; at < old.length; at += 2) {
    if (old[at + 1] === 0) continue;
    let slot = old[at]! & mask;
    while (table[2 * slot + 1] !== 0) slot = (slot + 1) & mask;
    table[2 * slot] = old[at]!;
    table[2 * slot + 1] = old[at + 1]!;
  }
  seen.table = table;
  seen.mask = mask;
  const parents = new Int32Array(slots);
  parents.set(seen.parents.subarray(0, seen.count));
  seen.parents = parents;
  const actions = new Float64Array(slots);
  actions.set(seen.actions.subarray(0, seen.count));
  seen.actions = actions;
}

function pathTo(seen: Seen, number: number): number[] {
  const actions: number[] = [];
  for (let at = number; seen.parents[at]! >= 0; at = seen.parents[at]!) {
    actions.push(seen.actions[at]!);
  }
  return actions.reverse();
}
