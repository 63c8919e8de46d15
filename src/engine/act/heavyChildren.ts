import { existsSync } from "node:fs";
import { join } from "node:path";
import { HeavyChild } from "./heavyChild.ts";

/** The tests of all models take seconds, a training some tens of them; at the lowest priority either may take far longer. */
const ASSESS_DEADLINE_MS = 180_000;
const TRAIN_DEADLINE_MS = 1_200_000;
/** Back-propagation keeps all steps of a batch. */
const TRAIN_HEAP_MEGABYTES = 512;

/** The engine's heavy children: one for what is soon done, one for what somebody asks, one that trains; none waits for another. */
export function heavyChildren(options: {
  readonly engineFolder: string;
  readonly stateFolder: string;
  /** Folder of a `tfjs-node`; empty: one that is installed beside the state, if there is any. */
  readonly tfjsNodePath: string;
}): { readonly heavy: HeavyChild; readonly asked: HeavyChild; readonly trainer: HeavyChild } {
  const script = join(options.engineFolder, "heavy.js");
  const installed = join(options.stateFolder, "node_modules", "@tensorflow", "tfjs-node");
  const nativeFolder = options.tfjsNodePath || (existsSync(installed) ? installed : "");
  return {
    heavy: new HeavyChild({ script, deadlineMs: ASSESS_DEADLINE_MS }),
    asked: new HeavyChild({ script, deadlineMs: ASSESS_DEADLINE_MS }),
    trainer: new HeavyChild({
      script,
      nativeFolder,
      deadlineMs: TRAIN_DEADLINE_MS,
      maxHeapMegabytes: TRAIN_HEAP_MEGABYTES,
    }),
  };
}
