/** The word of `words` that `found` was probably meant to be, or null when none is near. */
export function nearest(found: string, words: readonly string[]): string | null {
  let best: string | null = null;
  let bestDistance = Infinity;
  const lower = found.toLowerCase();
  for (const word of words) {
    const distance = editDistance(lower, word.toLowerCase());
    if (distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  // A third of the letters may be wrong, and at least two of a longer word.
  return bestDistance <= Math.max(found.length > 3 ? 2 : 1, Math.floor(found.length / 3))
    ? best
    : null;
}

/** `unknown action "partitoin", did you mean "partition"? expected one of: …` */
export function unknownWord(what: string, found: string, words: readonly string[]): string {
  const near = nearest(found, words);
  const meant = near === null ? "" : `, did you mean "${near}"?`;
  return `unknown ${what} "${found}"${meant}${near === null ? "; " : " "}expected one of: ${words.join(", ")}`;
}

/** Insertions, deletions, replacements and swaps of neighbours (optimal string alignment). */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last: number[] = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const isSame = a[i - 1] === b[j - 1];
      let cost = Math.min(row[j - 1]! + 1, last[j]! + 1, last[j - 1]! + (isSame ? 0 : 1));
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        cost = Math.min(cost, beforeLast[j - 2]! + 1);
      }
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length]!;
}
