import type { Call, Model } from "./model.ts";
import { search, type Bounds, type SearchEnd } from "./search.ts";

/** What became of a history. */
export type Linearizability<Input, Output> = {
  readonly verdict: SearchEnd["verdict"];
  /** Calls of the model's `step`, all objects together. */
  readonly steps: number;
  /** The objects that are not linearizable, or not known to be. */
  readonly objects: readonly {
    readonly key: string | number;
    readonly verdict: "not linearizable" | "unknown";
    /** The longest order of calls that explains the beginning. */
    readonly longest: readonly Call<Input, Output>[];
    /** The call whose answer nothing explains; null where the search gave up before it came to one. */
    readonly stuckAt: Call<Input, Output> | null;
  }[];
};

export const DEFAULT_BOUNDS: Bounds = { stepsMax: 5_000_000, bytesMax: 256 * 1024 * 1024 };

/**
 * Is there an order of all calls that the model allows and that contradicts no clock? What takes more than `bounds` is
 * "unknown", for each object by itself; one that is not linearizable decides.
 */
export function checkLinearizability<State, Input, Output>(
  model: Model<State, Input, Output>,
  calls: readonly Call<Input, Output>[],
  bounds: Bounds = DEFAULT_BOUNDS,
): Linearizability<Input, Output> {
  let steps = 0;
  const objects: Linearizability<Input, Output>["objects"][number][] = [];
  for (const [key, own] of byObject(model, calls)) {
    const end = search(model, own, bounds);
    steps += end.steps;
    if (end.verdict === "linearizable") continue;
    objects.push({
      key,
      verdict: end.verdict,
      longest: end.order.map((index) => own[index]!),
      stuckAt: own[end.stuckAt] ?? null,
    });
  }
  const isRefuted = objects.some(({ verdict }) => verdict === "not linearizable");
  const verdict =
    objects.length === 0 ? "linearizable" : isRefuted ? "not linearizable" : "unknown";
  return { verdict, steps, objects };
}

function byObject<State, Input, Output>(
  { partition }: Model<State, Input, Output>,
  calls: readonly Call<Input, Output>[],
): Map<string | number, readonly Call<Input, Output>[]> {
  if (partition === undefined) return new Map([["", calls]]);
  const objects = new Map<string | number, Call<Input, Output>[]>();
  for (const call of calls) {
    const key = partition(call.input);
    const own = objects.get(key);
    if (own === undefined) objects.set(key, [call]);
    else own.push(call);
  }
  return objects;
}
