import type { Point } from "./shapes.ts";

/** A message on its way: a letter in a box, or a mere dot where others already stand. */
export type Chip = {
  readonly id: number;
  readonly at: Point;
  readonly letter: string;
  readonly family: string;
};

/** Closer than this two boxes would hide one another. */
const APART = 19;

/** Who keeps its letter where there is not room for all: votes first, pings last. */
const ORDER = "NPALFEUSHRICVY";

/** Chips with those that yield their letters marked, in the order in which to draw them: letters on top. */
export function layChips<T extends Chip>(
  chips: readonly T[],
): readonly (T & { readonly dot: boolean })[] {
  const kept: T[] = [];
  const dots: T[] = [];
  for (const chip of [...chips].sort((a, b) => rank(a) - rank(b) || a.id - b.id)) {
    const near = kept.some(({ at }) => Math.hypot(at[0] - chip.at[0], at[1] - chip.at[1]) < APART);
    if (near) dots.push(chip);
    else kept.push(chip);
  }
  return [
    ...dots.map((chip) => ({ ...chip, dot: true })),
    ...kept.map((chip) => ({ ...chip, dot: false })),
  ];
}

function rank({ letter }: Chip): number {
  const place = ORDER.indexOf(letter.charAt(0));
  return place < 0 ? ORDER.length : place;
}
