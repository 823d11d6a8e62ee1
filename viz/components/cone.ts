import { Fate, visitMessages, type MessageTable } from "../player/messages.ts";

/**
 * What led to a message and what it led to, among the messages of a window: for each server the latest
 * instant that could have had a say (past) and the earliest that could have heard of it (future).
 */
export type Cone = {
  readonly message: number;
  readonly past: ReadonlyMap<number, number>;
  readonly future: ReadonlyMap<number, number>;
};

export function coneOf(table: MessageTable, message: number, fromUs: number, toUs: number): Cone {
  const from = table.from[message] as number;
  const to = table.to[message] as number;
  const past = new Map([[from, table.sentUs[message] as number]]);
  const future = new Map<number, number>();
  if (table.fate[message] === Fate.heard) future.set(to, table.endUs[message] as number);
  const heard: number[] = [];
  visitMessages(table, fromUs, toUs, (index) => {
    if (table.fate[index] === Fate.heard) heard.push(index);
    return heard.length < 20_000;
  });
  const ends = (index: number): number => table.endUs[index] as number;
  heard.sort((a, b) => ends(a) - ends(b));
  for (const index of heard) {
    const since = future.get(table.from[index] as number);
    if (since === undefined || (table.sentUs[index] as number) < since) continue;
    const known = future.get(table.to[index] as number) ?? Infinity;
    future.set(table.to[index] as number, Math.min(known, ends(index)));
  }
  // Backwards, later hearings first: what a server heard before it spoke belongs to the past as well.
  for (const index of heard.reverse()) {
    const until = past.get(table.to[index] as number);
    if (until === undefined || ends(index) > until) continue;
    const known = past.get(table.from[index] as number) ?? -Infinity;
    past.set(table.from[index] as number, Math.max(known, table.sentUs[index] as number));
  }
  return { message, past, future };
}

export function isInCone(cone: Cone, table: MessageTable, index: number): boolean {
  if (index === cone.message) return true;
  const until = cone.past.get(table.to[index] as number);
  if (until !== undefined && (table.endUs[index] as number) <= until) return true;
  const since = cone.future.get(table.from[index] as number);
  return since !== undefined && (table.sentUs[index] as number) >= since;
}
