/**
 * Takes away as many items as can be done without: large pieces first, then ever smaller ones, until no single
 * item can go any more (Zeller's delta debugging, by complements).
 *
 * @param fails says whether the failure is still there with these items alone; it is, with all of them
 * @returns what is left, in the order in which it was
 */
export function ddmin<T>(
  items: readonly T[],
  fails: (kept: readonly T[]) => boolean,
): readonly T[] {
  if (items.length === 0 || fails([])) return [];
  let kept = items;
  let size = Math.ceil(kept.length / 2);
  while (kept.length > 1) {
    const smaller = withoutPiece(kept, size, fails);
    if (smaller !== null) {
      kept = smaller;
      size = Math.min(size, Math.ceil(kept.length / 2));
    } else if (size === 1) {
      break;
    } else {
      size = Math.ceil(size / 2);
    }
  }
  return kept;
}

/** From the end on: what comes late is mostly what does not matter. */
function withoutPiece<T>(
  items: readonly T[],
  size: number,
  fails: (kept: readonly T[]) => boolean,
): readonly T[] | null {
  for (let end = items.length; end > 0; end -= size) {
    const from = Math.max(0, end - size);
    const kept = [...items.slice(0, from), ...items.slice(end)];
    if (kept.length > 0 && fails(kept)) return kept;
  }
  return null;
}
