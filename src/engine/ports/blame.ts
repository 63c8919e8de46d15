import type { Sliced } from "../common/slices.ts";
import type { BlameMeasure, BlameNode, BlameReport } from "../protocol/blame.ts";
import type { AccountSum } from "./accounts.ts";

/** What an icicle is made of: the nodes, and what is known beside them. */
export type BlameFigures = Pick<
  BlameReport,
  "total" | "processes" | "unknownMinutes" | "unknownProcesses" | "profiles" | "folded"
> & { readonly nodes: readonly BlameNode[] };

/** @param measuredMs what a mean of memory is over @param labels of swarms as they are called now */
export type MakeBlame = (
  sums: readonly AccountSum[],
  by: BlameMeasure,
  measuredMs: number,
  labels: ReadonlyMap<string, string>,
) => Sliced<BlameFigures>;

/** Who used how much, when somebody asks. */
export interface BlamePort {
  /** @param swarmId `null`: of all @throws CodedError `swarm.unknown`, `aborted`, `store.read` */
  report(
    asked: {
      readonly swarmId: string | null;
      readonly fromMs: number;
      readonly toMs: number;
      readonly by: BlameMeasure;
    },
    signal: AbortSignal,
  ): Promise<BlameReport>;
}
