import * as library from "@tensorflow/tfjs-layers";
import * as core from "@tensorflow/tfjs-core";
// Registers the back end by being imported.
// oxlint-disable-next-line import/no-unassigned-import
import "@tensorflow/tfjs-backend-cpu";
import { setWasmPaths } from "@tensorflow/tfjs-backend-wasm";
import { messageOf } from "../common/errors.ts";
import type { Coded } from "../common/errors.ts";

/** Names of the WebAssembly files of the back end, as they lie beside the bundle that uses them. */
export const TENSORFLOW_FILES = ["tfjs-backend-wasm.wasm", "tfjs-backend-wasm-simd.wasm"] as const;

/** What a network is made of; `tfjs-node` has both in one. */
type Core = typeof core;
type Layers = Pick<typeof library, "sequential" | "layers" | "initializers">;

export interface TensorFlow {
  readonly tf: Core;
  readonly network: (shape: NetworkShape) => library.Sequential;
  /** Native TensorFlow (`tfjs-node`, when the operator has it), WebAssembly, or plain JavaScript. */
  readonly backend: Backend;
  /** Why it is not a faster one; `null` when there is nothing to say. */
  readonly fellBack: Coded | null;
}

export type Backend = "tensorflow" | "wasm" | "cpu";

export interface TensorFlowSource {
  /** Folder of the WebAssembly files, ending with a separator. */
  readonly wasmFolder: string;
  /** Loads `tfjs-node`, which brings a whole library of its own; `null` when there is none. */
  readonly native: (() => Promise<unknown>) | null;
}

/**
 * The fastest back end that works here: each is tried with one small fit before it is trusted. Takes about 0.2 s and 100 MB:
 * for processes that train, and only then.
 */
export async function loadTensorFlow({ wasmFolder, native }: TensorFlowSource): Promise<TensorFlow> {
  let fellBack: Coded | null = null;
  if (native !== null) {
    try {
      const whole = wholeLibrary(await native());
      return await proven(whole, whole, "tensorflow", fellBack);
    } catch (error) {
      fellBack = { code: "tensorFlow.native", args: { detail: messageOf(error) } };
    }
  }
  try {
    setWasmPaths(wasmFolder);
    return await proven(core, library, "wasm", fellBack);
  } catch (error) {
    fellBack = { code: "tensorFlow.wasm", args: { detail: messageOf(error) } };
  }
  return proven(core, library, "cpu", fellBack);
}

/** @throws Error for a module that is no such library */
function wholeLibrary(module: unknown): Core & Layers {
  const parts = ["setBackend", "tidy", "train", "losses", "sequential", "layers", "initializers"];
  const found = typeof module === "object" && module !== null ? module : {};
  const missing = parts.filter((part) => !(part in found));
  if (missing.length > 0) throw new Error(`the module has no ${missing.join(", ")}`);
  return module as Core & Layers;
}

/** @throws Error when the back end cannot be used, or cannot do one step of training */
async function proven(tf: Core, from: Layers, backend: Backend, fellBack: Coded | null): Promise<TensorFlow> {
  if (!(await tf.setBackend(backend))) throw new Error(`the back end ${backend} could not be started`);
  const network = (shape: NetworkShape): library.Sequential => lstmNetwork(from, shape);
  const model = network({ steps: 2, features: 2, units: 2, outputs: 1, seed: 1 });
  const optimizer = tf.train.adam(0.01);
  try {
    const loss = tf.tidy(() => {
      const inputs = tf.ones([2, 2, 2]);
      const targets = tf.ones([2, 1]);
      const cost = optimizer.minimize(
        () =>
          tf.losses.absoluteDifference(targets, model.apply(inputs, { training: true }) as core.Tensor) as core.Scalar,
        true,
      );
      return cost === null ? Number.NaN : (cost.dataSync()[0] as number);
    });
    if (!Number.isFinite(loss)) throw new Error(`the back end ${backend} answered with ${loss}`);
  } finally {
    optimizer.dispose();
    model.dispose();
  }
  return { tf, network, backend, fellBack };
}

export interface NetworkShape {
  readonly steps: number;
  readonly features: number;
  readonly units: number;
  readonly outputs: number;
  readonly seed: number;
}

/**
 * One LSTM layer and one dense layer without activation. The dense layer begins at zero: an untrained network adds nothing
 * to what it corrects.
 */
function lstmNetwork(
  { sequential, layers, initializers }: Layers,
  { steps, features, units, outputs, seed }: NetworkShape,
): library.Sequential {
  return sequential({
    layers: [
      layers.lstm({
        units,
        inputShape: [steps, features],
        recurrentActivation: "sigmoid",
        kernelInitializer: initializers.glorotUniform({ seed }),
        recurrentInitializer: initializers.glorotUniform({ seed: seed + 1 }),
      }),
      layers.dense({ units: outputs, kernelInitializer: "zeros" }),
    ],
  });
}
