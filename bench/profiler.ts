import { flameBench } from "./lib/flameBench.ts";
import { ioLookCost } from "./lib/ioLookCost.ts";
import { latencyCost } from "./lib/latencyCost.ts";
import { leakBench } from "./lib/leakBench.ts";
import { heapSamplingOverhead, samplingOverhead, samplingRound } from "./lib/profilerSources.ts";

/** Profiles: how soon a large one is seen, how smoothly it moves, and what it costs to record one. */
await flameBench("profiler");
// What a process does is read from /proc.
if (process.platform === "linux") {
  await samplingOverhead();
  await heapSamplingOverhead();
  await samplingRound();
  await latencyCost();
  await ioLookCost();
  await leakBench();
}
