import type { MakeBlame } from "../../ports.ts";
import { foldedNodes } from "./fold.ts";
import { blameTree } from "./tree.ts";

export const blameFigures: MakeBlame = (sums, by, measuredMs, labels) => {
  const { tops, ...figures } = blameTree(sums, by, measuredMs, labels);
  return { ...figures, ...foldedNodes(tops) };
};
