import type { EngineConnection } from "../../engine/client.ts";
import type { Coded, SeriesKey, SeriesRange } from "../../engine/protocol/model.ts";
import type { PolicyComparison } from "../../engine/protocol/replay.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { ComparisonWish, LoadSource, PageComparison } from "../../engine/protocol/scalingPage.ts";
import { codedOf, isAborted } from "../sessionPort.ts";

/**
 * The comparison, and where its load came from.
 * @throws Failure of the comparison; that the source of the load cannot be read makes it unknown and is told to `onProblem`
 */
export async function compared(
  connection: Pick<EngineConnection, "call">,
  swarmId: string,
  { days, policies }: ComparisonWish,
  signal: AbortSignal,
  onProblem: (problem: Coded) => void,
): Promise<PageComparison> {
  const comparison = await connection.call(calls.comparePolicies, { swarmId, days, policies: [...policies] }, signal);
  const { fromMs, toMs } = spanOf(comparison);
  const key: SeriesKey = { scope: "swarm", key: swarmId, metric: "demand" };
  try {
    const { series } = await connection.call(calls.history, { series: [key], fromMs, toMs, points: 1 }, signal);
    return { ...comparison, loadSource: loadSourceOf(series[0], fromMs, toMs) };
  } catch (error) {
    const coded = codedOf(error);
    if (isAborted(coded)) throw error;
    onProblem(coded);
    return { ...comparison, loadSource: loadSourceOf(undefined, fromMs, toMs) };
  }
}

function spanOf({ series: { fromMs, bucketMs, load } }: PolicyComparison) {
  return { fromMs: Math.round(fromMs), toMs: Math.round(fromMs + bucketMs * load.length) };
}

export function loadSourceOf(
  series: Pick<SeriesRange, "source" | "imported"> | undefined,
  fromMs: number,
  toMs: number,
): LoadSource {
  if (series === undefined || toMs <= fromMs) return { source: "unknown", importedRatio: 0 };
  const importedMs = series.imported.reduce(
    (sum, span) => sum + Math.max(0, Math.min(toMs, span.toMs) - Math.max(fromMs, span.fromMs)),
    0,
  );
  return { source: series.source, importedRatio: Math.min(1, importedMs / (toMs - fromMs)) };
}
