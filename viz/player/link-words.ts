import { LinkFaultCode } from "../../sim/trace/row.ts";
import type { TraceHeader } from "../../sim/trace/view.ts";
import { partyName, shapeOf, type Cut } from "./cuts.ts";
import { countText, listText } from "./words.ts";

/** Words for one kind of fault. `links` reads `from 1 to 2` or `between 1 and 2, 3`. */
type FaultWords = {
  readonly label: (measure: number) => string;
  readonly began: (links: string, measure: number) => string;
  readonly ended: (links: string) => string;
};

const FAULTS: ReadonlyMap<number, FaultWords> = new Map<number, FaultWords>([
  [
    LinkFaultCode.held,
    {
      label: () => "held",
      began: (links) => `What goes ${links} is held, and waits.`,
      ended: (links) => `What goes ${links} is held no longer.`,
    },
  ],
  [
    LinkFaultCode.throttled,
    {
      label: (measure) => `${countText(measure)} B/s`,
      began: (links, measure) => `What goes ${links} gets ${countText(measure)} bytes a second.`,
      ended: (links) => `What goes ${links} has all the bandwidth again.`,
    },
  ],
  [
    LinkFaultCode.lossy,
    {
      label: (measure) => `loss 1/${measure}`,
      began: (links, measure) => `Of ${measure} packets ${links} one is lost, and sent again.`,
      ended: (links) => `No more packets ${links} are lost.`,
    },
  ],
  [
    LinkFaultCode.refused,
    {
      label: (measure) => (measure === 1 ? "no answer" : "refused"),
      began: (links, measure) =>
        `New connections ${links} ${measure === 1 ? "get no answer" : "are refused"}.`,
      ended: (links) => `New connections ${links} are taken again.`,
    },
  ],
  [
    LinkFaultCode.reset,
    {
      label: () => "reset",
      began: (links) => `The connections ${links} break.`,
      ended: () => "",
    },
  ],
  [
    LinkFaultCode.halfOpen,
    {
      label: () => "half-open",
      began: (links) => `The connections ${links} are gone, and the far end has not heard.`,
      ended: () => "",
    },
  ],
]);

/** A few words, as labels need them: `held 1 → 2, 3`. */
export function linkLabel(
  header: TraceHeader,
  fault: { readonly code: number; readonly measure: number },
  cuts: readonly Cut[],
): string {
  const what = FAULTS.get(fault.code)?.label(fault.measure) ?? "fault";
  const [one, other, bothWays] = endsOf(header, cuts);
  return `${what} ${one.join(", ")} ${bothWays ? "⇄" : "→"} ${other.join(", ")}`;
}

/** What a row of a fault that begins says, together with the links that it begins on. */
export function linkSentence(
  header: TraceHeader,
  { a, b }: { readonly a: number; readonly b: number },
  cuts: readonly Cut[],
): string {
  return FAULTS.get(a)?.began(linksText(header, cuts), b) ?? "Something goes wrong.";
}

export function linkEndSentence(
  header: TraceHeader,
  { a }: { readonly a: number },
  cuts: readonly Cut[],
): string {
  return FAULTS.get(a)?.ended(linksText(header, cuts)) ?? "It is over.";
}

function linksText(header: TraceHeader, cuts: readonly Cut[]): string {
  const [one, other, bothWays] = endsOf(header, cuts);
  return bothWays
    ? `between ${listText(one)} and ${listText(other)}`
    : `from ${listText(one)} to ${listText(other)}`;
}

type Ends = readonly [one: readonly string[], other: readonly string[], bothWays: boolean];

function endsOf(header: TraceHeader, cuts: readonly Cut[]): Ends {
  const shape = shapeOf(cuts);
  const named = (who: readonly number[]): string[] => who.map((each) => partyName(header, each));
  const rest = (to: readonly number[], from: readonly number[]): string[] =>
    header.servers.every(({ sid }) => to.includes(sid) || from.includes(sid)) && to.length > 1
      ? ["all"]
      : named(to);
  switch (shape.kind) {
    case "isolated":
      return [named([shape.who]), rest(shape.from, [shape.who]), true];
    case "partition":
      return [named(shape.here), rest(shape.there, shape.here), true];
    case "one way":
    case "scattered":
      return [named(shape.from), rest(shape.to, shape.from), false];
  }
}
