const BARS = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"] as const;

/**
 * Values as a row of bars between the least and the greatest. A cell shows the highest of the means it stands for, so
 * that a peak is never thinned away, and a blank where nothing was measured.
 * @throws RangeError for fewer than one cell
 */
export function sparkline(points: readonly { readonly mean: number | null }[], cells: number): string {
  if (!(cells >= 1)) throw new RangeError(`cells must be at least 1, got ${cells}`);
  const count = Math.min(Math.floor(cells), points.length);
  const highest = Array.from({ length: count }, (_, cell): number | null => {
    const from = Math.floor((cell * points.length) / count);
    const to = Math.floor(((cell + 1) * points.length) / count);
    return points.slice(from, to).reduce<number | null>(higher, null);
  });
  let least = Infinity;
  let greatest = -Infinity;
  for (const value of highest) {
    if (value === null) continue;
    least = Math.min(least, value);
    greatest = Math.max(greatest, value);
  }
  const span = greatest - least;
  return highest
    .map((value) => {
      if (value === null) return " ";
      // A level line is drawn in the middle: it is neither low nor high.
      const level = span > 0 ? Math.round(((value - least) / span) * (BARS.length - 1)) : 3;
      return BARS[level] ?? BARS[0];
    })
    .join("");
}

function higher(best: number | null, { mean }: { readonly mean: number | null }): number | null {
  if (mean === null || !Number.isFinite(mean)) return best;
  return best === null ? mean : Math.max(best, mean);
}
