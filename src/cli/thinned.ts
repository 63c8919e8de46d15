/**
 * Indexes of at most `most` of `count` points, evenly apart, the first and the last among them.
 * @throws RangeError for `most` below 2
 */
export function thinned(count: number, most: number): number[] {
  if (most < 2) throw new RangeError(`most must be at least 2, got ${most}`);
  if (count <= most) return Array.from({ length: count }, (_, index) => index);
  return Array.from({ length: most }, (_, row) => Math.round((row * (count - 1)) / (most - 1)));
}
