import type { MakeBlame } from "../../ports.ts";
import { foldedNodes } from "./fold.ts";
import { blameTree } from "./tree.ts";

export const blameFigures: MakeBlame = function* figures(sums, by, measuredMs, labels) {
  const { tops, ...figures } = yield* blameTree(sums, by, measuredMs, labels);
  return { ...figures, ...(yield* foldedNodes(tops)) };
};
