/**
 * Order of two versions by Semantic Versioning 2.0.0, section 11: negative when `a` is older. Build metadata does not
 * count. Text that is no version counts as the oldest one: it came from a file, and hand-over must not follow it.
 */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a);
  const right = parseVersion(b);
  if (left === null || right === null) return Number(left !== null) - Number(right !== null);
  for (const [index, number] of left.numbers.entries()) {
    const difference = number - (right.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  // A pre-release comes before its release.
  if (left.pre.length === 0 || right.pre.length === 0)
    return Number(right.pre.length > 0) - Number(left.pre.length > 0);
  for (let index = 0; index < Math.max(left.pre.length, right.pre.length); index += 1) {
    const difference = compareIdentifiers(left.pre[index], right.pre[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function parseVersion(text: string): { readonly numbers: readonly number[]; readonly pre: readonly string[] } | null {
  const match = /^v?(\d{1,9})\.(\d{1,9})\.(\d{1,9})(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?$/.exec(text);
  if (match === null) return null;
  return { numbers: match.slice(1, 4).map(Number), pre: match[4]?.split(".") ?? [] };
}

function compareIdentifiers(a: string | undefined, b: string | undefined): number {
  if (a === undefined || b === undefined) return Number(a !== undefined) - Number(b !== undefined);
  const numericA = /^\d+$/.test(a);
  const numericB = /^\d+$/.test(b);
  if (numericA && numericB) return Number(a) - Number(b);
  if (numericA !== numericB) return numericA ? -1 : 1;
  return a < b ? -1 : Number(a > b);
}
