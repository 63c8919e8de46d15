import type { Profile } from "./profile.ts";

/** A profile as folded stacks, one line for each that was on top: `outer;inner weight`. Weights are rounded; times are lost. */
export function* foldedLines({ frames, nodeFrame, nodeParent, sampleNode, sampleWeight }: Profile): Generator<string> {
  const weights = new Map<number, number>();
  for (let n = 0; n < sampleNode.length; n++) {
    const node = sampleNode[n] as number;
    if (node >= 0) weights.set(node, (weights.get(node) ?? 0) + (sampleWeight[n] as number));
  }
  for (const [top, weight] of weights) {
    const names: string[] = [];
    for (let node = top; node >= 0; node = nodeParent[node] as number)
      names.push((frames[nodeFrame[node] as number]?.name ?? "").replaceAll(";", ":").replaceAll(/[\r\n]/g, " "));
    yield `${names.toReversed().join(";")} ${Math.round(weight)}\n`;
  }
}
