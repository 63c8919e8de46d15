import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { unusualSteps } from "./analyse/anomaly/unusualSteps.ts";
import { patternsOf } from "./analyse/patterns/patterns.ts";
import { toCoded } from "./common/errors.ts";
import { optimizeAllocation } from "./decide/allocation/optimize.ts";
import { comparePolicies, NO_FORECASTS, planReplay } from "./decide/comparePolicies.ts";
import { trainPolicy } from "./decide/dqn/trainPolicy.ts";
import { type Augurs, AUGURS_FILES, loadAugurs } from "./forecast/augurs.ts";
import { forecasters } from "./forecast/models.ts";
import { ForecastService } from "./forecast/service.ts";
import type { TensorFlow } from "./forecast/tensorFlow.ts";
import { leaveWithParent } from "./heavy/leaveWithParent.ts";
import { requireNative } from "./heavy/nativeTensorFlow.ts";
import type { HeavyKind, HeavyReply, HeavyRequest, HeavyWork } from "./ports/heavy.ts";

// Entry of the heavy child: one request at a time, an answer each, gone with its parent.
//
//     node heavy.js [FOLDER OF THE WASM FILES] [FOLDER OF THE NETWORK'S] [FOLDER OF A tfjs-node]
//
// (forked, with a channel of serialization "advanced")

const folder = process.argv[2] || dirname(process.argv[1] ?? ".");
const tensorFlowFolder = process.argv[3] || folder;
const nativeFolder = process.argv[4] || null;
/** The memory of a WebAssembly instance grows and never shrinks: after so many answers a new child begins anew. */
const MAX_ANSWERS = 500;
/** Of the time of a training, that its forecasts take. */
const FORECASTS_SHARE = 0.2;

type Work<K extends HeavyKind> = (
  request: HeavyWork[K]["request"],
  tell: (doneRatio: number) => void,
) => HeavyWork[K]["answer"] | Promise<HeavyWork[K]["answer"]>;

const works: { readonly [K in HeavyKind]: Work<K> } = {
  forecast: (task) => service().forecast(task),
  assess: async ({ series, ...task }, tell) => {
    const { flags, steps } = unusualSteps(series);
    const assessed = await service().assess({ ...task, series: { ...series, spikes: flags } }, tell);
    return { ...assessed, unusual: steps };
  },
  train: ({ series, model }, tell) =>
    service().train({ series: { ...series, spikes: unusualSteps(series).flags }, model }, tell),
  trainPolicy: async (request, tell) => {
    const planned = planReplay(request.replay);
    // From the begin on: what is learned is learned with the forecasts of its time.
    const forecasts =
      planned.rolling === null
        ? NO_FORECASTS
        : await service().rolling({ ...planned.rolling, fromStep: 0 }, (ratio) => tell(FORECASTS_SHARE * ratio));
    return trainPolicy(request, planned, forecasts, {
      tell: (ratio) => tell(FORECASTS_SHARE + (1 - FORECASTS_SHARE) * ratio),
    });
  },
  optimize: (request, tell) => optimizeAllocation(request, { tell }),
  patterns: (request, tell) => patternsOf(request, tell),
  replay: async (request, tell) => {
    const planned = planReplay(request);
    const forecasts = planned.rolling === null ? NO_FORECASTS : await service().rolling(planned.rolling, tell);
    return comparePolicies(request, planned, forecasts);
  },
};

let augurs: Augurs | null = null;
let forecasting: ForecastService | null = null;
let tensorFlow: Promise<TensorFlow> | null = null;
let answers = 0;

leaveWithParent(process.ppid);
process.on("disconnect", () => process.exit(0));
process.on("message", (request: HeavyRequest) => void answer(request));

/** Never rejects: whatever is wrong goes back to the one who asked. */
async function answer({ id, kind, request }: HeavyRequest): Promise<void> {
  const tell = (doneRatio: number): void => send({ id, kind: "progress", doneRatio });
  const isLast = (): boolean => ++answers >= MAX_ANSWERS || augurs?.broken() === true;
  try {
    const answer = await (works[kind] as Work<HeavyKind>)(request, tell);
    send({ id, kind: "answer", answer, last: isLast() });
  } catch (error) {
    send({ id, kind: "refusal", error: toCoded(error), last: isLast() });
  }
}

function send(reply: HeavyReply): void {
  // A parent that is gone by now takes us along; there is nobody left to tell.
  process.send?.(reply, () => undefined);
}

function service(): ForecastService {
  augurs ??= loadAugurs({ ets: read(AUGURS_FILES.ets), mstl: read(AUGURS_FILES.mstl) });
  return (forecasting ??= new ForecastService({
    models: forecasters({ augurs, tensorFlow: () => (tensorFlow ??= loadedTensorFlow()) }),
    nowMs: () => performance.now(),
  }));
}

/** Only when something is first trained: most children never need it. */
async function loadedTensorFlow(): Promise<TensorFlow> {
  const { loadTensorFlow } = await import("./forecast/tensorFlow.ts");
  const native = nativeFolder === null ? null : async () => requireNative(nativeFolder);
  return loadTensorFlow({ wasmFolder: join(tensorFlowFolder, "/"), native });
}

function read(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder, name)));
}
