/** A fitted forest, as it is kept. */
export interface ForestJson {
  readonly outputs: number;
  readonly width: number;
  readonly trees: readonly {
    readonly feature: readonly number[];
    readonly threshold: readonly number[];
    readonly child: readonly number[];
    readonly values: readonly number[];
  }[];
}

/** @throws RangeError for what is no forest: it would answer with a number all the same, or never */
export function soundForest(json: unknown): ForestJson {
  const { outputs, width, trees } = (json ?? {}) as Partial<ForestJson>;
  if (!isCount(outputs) || !isCount(width) || !Array.isArray(trees) || trees.length === 0)
    throw new RangeError(
      `a forest must have outputs, a width and trees, got ${outputs}, ${width} and ${JSON.stringify(trees)}`,
    );
  if (!trees.every((tree) => isSound(tree, outputs, width)))
    throw new RangeError("a tree whose nodes do not fit together is none");
  return { outputs, width, trees };
}

function isCount(value: unknown): value is number {
  return Number.isInteger(value) && (value as number) >= 1;
}

/** Every way down a tree ends in a leaf that has its values. */
function isSound(tree: Partial<ForestJson["trees"][number]> | null, outputs: number, width: number): boolean {
  const { feature, threshold, child, values } = tree ?? {};
  const lists: unknown[] = [feature, threshold, child, values];
  if (!lists.every((list) => Array.isArray(list) && list.every(Number.isFinite))) return false;
  const [features, thresholds, children, said] = lists as [number[], number[], number[], number[]];
  const leaves = said.length / outputs;
  if (features.length === 0 || thresholds.length !== features.length || !Number.isInteger(leaves)) return false;
  return features.every((one, node) => {
    const next = children[node];
    if (!Number.isInteger(one) || !Number.isInteger(next) || next === undefined) return false;
    return one < 0 ? next >= 0 && next < leaves : one < width && next > node && next + 1 < features.length;
  });
}
