import type { TraceHeader } from "../../sim/trace/view.ts";
import { listText } from "./words.ts";

/** Nothing passes from the one to the other. Clients are negative. */
export type Cut = { readonly from: number; readonly to: number };

/** What cuts that were made together come down to. */
export type CutShape =
  | { readonly kind: "isolated"; readonly who: number; readonly from: readonly number[] }
  | {
      readonly kind: "partition";
      readonly here: readonly number[];
      readonly there: readonly number[];
    }
  | { readonly kind: "one way"; readonly from: readonly number[]; readonly to: readonly number[] }
  /** No two sides: who is cut off from whom has to be said one by one. */
  | {
      readonly kind: "scattered";
      readonly from: readonly number[];
      readonly to: readonly number[];
    };

export function shapeOf(cuts: readonly Cut[]): CutShape {
  const from = sidsOf(cuts.map((cut) => cut.from));
  const to = sidsOf(cuts.map((cut) => cut.to));
  const bothWays = cuts.every((cut) =>
    cuts.some((other) => other.from === cut.to && other.to === cut.from),
  );
  if (!bothWays) return { kind: isComplete(cuts, from, to) ? "one way" : "scattered", from, to };
  // A client before a server: of the two it is the client that loses everything.
  const alone = from.find((who) => cuts.every((cut) => cut.from === who || cut.to === who));
  if (alone !== undefined) {
    return { kind: "isolated", who: alone, from: to.filter((each) => each !== alone) };
  }
  const first = from.find((who) => who > 0) ?? 0;
  const there = to.filter((who) => cuts.some((cut) => cut.from === first && cut.to === who));
  const here = from.filter((who) => !there.includes(who));
  return isComplete(cuts, here, there)
    ? { kind: "partition", here, there }
    : { kind: "scattered", from, to };
}

/** Everybody here is cut off from everybody there. */
function isComplete(
  cuts: readonly Cut[],
  here: readonly number[],
  there: readonly number[],
): boolean {
  return here.every((from) =>
    there.every((to) => from === to || cuts.some((cut) => cut.from === from && cut.to === to)),
  );
}

/** A few words, as labels need them: `partition 1, 5 | 2, 3, 4`. */
export function cutsLabel(header: TraceHeader, cuts: readonly Cut[]): string {
  const shape = shapeOf(cuts);
  const few = (who: readonly number[]): string =>
    who.map((each) => partyName(header, each)).join(", ");
  switch (shape.kind) {
    case "isolated":
      return isEverybody(header, shape.who, shape.from)
        ? `${partyName(header, shape.who)} cut off`
        : `${partyName(header, shape.who)} cut off from ${few(shape.from)}`;
    case "partition":
      return `partition ${few(serversOf(shape.here))} | ${few(serversOf(shape.there))}`;
    case "one way":
      return `wall ${few(shape.from)} → ${shape.from.every((who) => isEverybody(header, who, shape.to)) ? "all" : few(shape.to)}`;
    case "scattered":
      return `walls around ${few(shape.from)}`;
  }
}

export function cutsSentence(header: TraceHeader, cuts: readonly Cut[]): string {
  const shape = shapeOf(cuts);
  const list = (who: readonly number[]): string =>
    listText(who.map((each) => partyName(header, each)));
  switch (shape.kind) {
    case "isolated":
      return `${subject(header, shape.who)} is cut off from ${isEverybody(header, shape.who, shape.from) ? "everybody" : list(shape.from)}.`;
    case "partition":
      return `A partition: ${list(serversOf(shape.here))} here, ${list(serversOf(shape.there))} there.`;
    case "one way":
      return `A wall: nothing from ${list(shape.from)} reaches ${list(shape.to)}.`;
    case "scattered":
      return `Walls: ${shape.from.map((who) => unheardOf(header, cuts, who)).join("; ")}.`;
  }
}

export function healedSentence(header: TraceHeader, cuts: readonly Cut[]): string {
  const shape = shapeOf(cuts);
  const list = (who: readonly number[]): string =>
    listText(who.map((each) => partyName(header, each)));
  switch (shape.kind) {
    case "isolated":
      return `${subject(header, shape.who)} can be reached again.`;
    case "partition":
      return "The partition is over.";
    case "one way":
      return `The wall from ${list(shape.from)} to ${list(shape.to)} is gone.`;
    case "scattered":
      return `The walls around ${list(shape.from)} are gone.`;
  }
}

/** `1 is not heard by 3 and 4`. */
function unheardOf(header: TraceHeader, cuts: readonly Cut[], who: number): string {
  const deaf = cuts.filter(({ from }) => from === who).map(({ to }) => partyName(header, to));
  return `${partyName(header, who)} is not heard by ${listText(deaf)}`;
}

/** A server's number, a client's name. */
export function partyName(header: TraceHeader, who: number): string {
  return who >= 0 ? String(who) : (header.clients[-1 - who] ?? String(who));
}

function subject(header: TraceHeader, who: number): string {
  return who >= 0 ? `Server ${who}` : `Client ${partyName(header, who)}`;
}

function isEverybody(header: TraceHeader, who: number, others: readonly number[]): boolean {
  return header.servers.every(({ sid }) => sid === who || others.includes(sid));
}

function serversOf(who: readonly number[]): readonly number[] {
  return who.filter((each) => each > 0);
}

function sidsOf(who: readonly number[]): number[] {
  return [...new Set(who)].sort((a, b) => a - b);
}
