/** The candidate that was most likely meant, or `null` when none is near: at most a third of the letters may differ. */
export function nearest(typed: string, candidates: readonly string[]): string | null {
  // What nobody can have meant is not worth a quadratic comparison.
  if (typed.length === 0 || typed.length > 64) return null;
  let best: string | null = null;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const distance = editDistance(typed, candidate);
    if (distance < bestDistance && distance <= Math.max(1, Math.floor(candidate.length / 3))) {
      best = candidate;
      bestDistance = distance;
    }
  }
  if (best !== null) return best;
  const extended = typed.length < 3 ? [] : candidates.filter((candidate) => candidate.includes(typed));
  return extended.length === 1 ? (extended[0] ?? null) : null;
}

/** Levenshtein distance over UTF-16 units, one row at a time. */
export function editDistance(a: string, b: string): number {
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const replaced = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      current.push(Math.min(replaced, (previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[b.length] ?? 0;
}
