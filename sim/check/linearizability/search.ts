import { bytesOf, createMemo, enter } from "./memo.ts";
import { ILLEGAL, type Call, type Model } from "./model.ts";
import { timelineOf } from "./timeline.ts";

/** How much a search may take before it gives up. */
export type Bounds = {
  /** Calls of `step`. */
  readonly stepsMax: number;
  /** Of what is remembered of dead ends. */
  readonly bytesMax: number;
};

export type SearchEnd = {
  readonly verdict: "linearizable" | "not linearizable" | "unknown";
  readonly steps: number;
  /** Indexes of calls, in an order that explains the history: all of it, or as far as any order gets. */
  readonly order: readonly number[];
  /** The call that no order can account for when it returns; −1 where there is none. */
  readonly stuckAt: number;
};

/**
 * Looks for an order of the calls in which each takes effect between its call and its return, and which the model
 * allows: Wing and Gong's search, with three things that make it quick.
 *
 * A call takes effect as late as it can (Lowe's just-in-time linearization): only when one returns has something to be
 * decided, and all that has to be known of the past is the state and which of the open calls have had their effect.
 * Dead ends are remembered by that. And what only observes takes effect as soon as what it saw is there: no order is
 * lost, since nothing that comes later depends on it.
 *
 * @see Wing, Gong: Testing and verifying concurrent objects (1993); Lowe: Testing for linearizability (2017)
 */
export function search<State, Input, Output>(
  model: Model<State, Input, Output>,
  calls: readonly Call<Input, Output>[],
  bounds: Bounds,
): SearchEnd {
  const { events, slots, slotCount, lastingFrom } = timelineOf(calls);
  const observers = Uint8Array.from(calls, ({ input, output }) =>
    model.observes?.(input, output) === true ? 1 : 0,
  );
  const witnesses = model.hopeless === undefined ? null : witnessesOf(events, observers);
  const words = Math.max(1, (slotCount + 31) >>> 5);
  const memo = createMemo<State>(words, lastingFrom);
  // The configuration: a place among the events, who is open where, who of them has taken effect, the state.
  let place = 0;
  const open = new Int32Array(slotCount).fill(NONE);
  const taken = new Int32Array(words);
  let state = model.init();
  let path: Path | null = null;
  // Decisions that have other ways left.
  const forks: Fork<State>[] = [];
  let longest: Path | null = null;
  let furthest = -1;
  let stuckAt = NONE;
  let steps = 0;

  const step = (call: number): State | typeof ILLEGAL => {
    steps++;
    const { input, output } = calls[call]!;
    return model.step(state, input, output);
  };

  const take = (call: number): void => {
    const slot = slots[call]!;
    taken[slot >>> 5]! |= 1 << (slot & 31);
    path = { call, before: path };
  };

  const isTaken = (slot: number): boolean => (taken[slot >>> 5]! & (1 << (slot & 31))) !== 0;

  /** Lets `call` change the state, and everything take effect that has only waited to see the new one. */
  const change = (call: number, next: State): void => {
    state = next;
    take(call);
    for (let slot = 0; slot < slotCount; slot++) {
      const other = open[slot]!;
      if (other !== NONE && !isTaken(slot)) takeIfSeen(other);
    }
  };

  const takeIfSeen = (call: number): void => {
    if (observers[call] === 1 && step(call) !== ILLEGAL) take(call);
  };

  /** Is there another open call before it that does the same, and never returns either? */
  const isRepeated = (call: number, slot: number): boolean => {
    const { input, returnedAt } = calls[call]!;
    if (model.same === undefined || returnedAt !== Infinity) return false;
    for (let before = 0; before < slot; before++) {
      const other = open[before]!;
      if (other === NONE || isTaken(before) || calls[other]!.returnedAt !== Infinity) continue;
      if (model.same(calls[other]!.input, input)) return true;
    }
    return false;
  };

  /** The next call that has only looked contradicts the state, and always will. */
  const isHopeless = (): boolean => {
    const witness = witnesses?.[place] ?? NONE;
    if (witness === NONE) return false;
    const slot = slots[witness]!;
    if (open[slot] === witness && isTaken(slot)) return false;
    const { input, output } = calls[witness]!;
    return output !== null && model.hopeless?.(state, input, output) === true;
  };

  /** What else may take effect next so that `returning` can return: first who makes that possible at once. */
  const othersFor = (returning: number): number[] => {
    const helpful: number[] = [];
    const others: number[] = [];
    const isLegal = step(returning) !== ILLEGAL;
    const { input, output } = calls[returning]!;
    for (let slot = 0; slot < slotCount; slot++) {
      const call = open[slot]!;
      if (call === NONE || call === returning || isTaken(slot) || observers[call] === 1) continue;
      if (isRepeated(call, slot)) continue;
      const after = step(call);
      if (after === ILLEGAL) continue;
      steps++;
      const helps = !isLegal && model.step(after, input, output) !== ILLEGAL;
      (helps ? helpful : others).push(call);
    }
    return [...helpful, ...others];
  };

  /** Does anybody else wait to change the state? */
  const hasOthers = (returning: number): boolean => {
    for (let slot = 0; slot < slotCount; slot++) {
      const call = open[slot]!;
      if (call !== NONE && call !== returning && observers[call] === 0 && !isTaken(slot))
        return true;
    }
    return false;
  };

  /** Something has to take effect before `returning` can return; false where nothing leads on from here. */
  const decide = (returning: number): boolean => {
    const own = step(returning);
    if (!hasOthers(returning)) return own !== ILLEGAL && follow(returning, own);
    if (!enter(memo, model, place, state, taken)) return false;
    forks.push({ place, state, path, taken: taken.slice(), others: null, next: 0 });
    if (own !== ILLEGAL && follow(returning, own)) return true;
    return goBack();
  };

  /** Back to the last decision with another way left, and on there; false when there is none. */
  const goBack = (): boolean => {
    for (let fork = forks.at(-1); fork !== undefined; fork = forks.at(-1)) {
      noteLongest();
      for (place--; place >= fork.place; place--) {
        const event = events[place]!;
        open[slots[event >> 1]!] = (event & 1) === 0 ? NONE : event >> 1;
      }
      place = fork.place;
      taken.set(fork.taken);
      state = fork.state;
      path = fork.path;
      fork.others ??= othersFor(events[place]! >> 1);
      const way = fork.others[fork.next++];
      if (way === undefined) forks.pop();
      else {
        const next = step(way);
        if (next !== ILLEGAL && follow(way, next)) return true;
      }
      if (isSpent()) return false;
    }
    noteLongest();
    return false;
  };

  const noteLongest = (): void => {
    if (place <= furthest) return;
    furthest = place;
    longest = path;
    stuckAt = events[place]! >> 1;
  };

  const isSpent = (): boolean => steps > bounds.stepsMax || bytesOf(memo) > bounds.bytesMax;

  /** False where that leads nowhere. */
  const follow = (way: number, next: State): boolean => {
    change(way, next);
    return !isHopeless();
  };

  while (place < events.length) {
    const event = events[place]!;
    const call = event >> 1;
    const slot = slots[call]!;
    if ((event & 1) === 0) {
      open[slot] = call;
      takeIfSeen(call);
      place++;
    } else if (isTaken(slot)) {
      taken[slot >>> 5]! &= ~(1 << (slot & 31));
      open[slot] = NONE;
      place++;
    } else if (!decide(call) && (isSpent() || !goBack())) {
      const verdict = isSpent() ? "unknown" : "not linearizable";
      return { verdict, steps, order: orderOf(longest ?? path), stuckAt };
    }
  }
  return { verdict: "linearizable", steps, order: orderOf(path), stuckAt: NONE };
}

/** For each place, the next observer that returns from there on. */
function witnessesOf(events: Int32Array, observers: Uint8Array): Int32Array {
  const witnesses = new Int32Array(events.length + 1).fill(NONE);
  for (let place = events.length - 1; place >= 0; place--) {
    const event = events[place]!;
    const isWitness = (event & 1) === 1 && observers[event >> 1] === 1;
    witnesses[place] = isWitness ? event >> 1 : witnesses[place + 1]!;
  }
  return witnesses;
}

/** Shared tails: what was decided before a fork is there once. */
type Path = { readonly call: number; readonly before: Path | null };

type Fork<State> = {
  readonly place: number;
  readonly state: State;
  readonly path: Path | null;
  readonly taken: Int32Array;
  /** What may be tried besides the call that returns; null until that has failed. */
  others: readonly number[] | null;
  next: number;
};

const NONE = -1;

function orderOf(path: Path | null): number[] {
  const order: number[] = [];
  for (let at = path; at !== null; at = at.before) order.push(at.call);
  return order.reverse();
}
