import { readFileSync } from "node:fs";
import { join } from "node:path";
import { CodedError, messageOf } from "../engine/common/errors.ts";
import { AUGURS_FILES } from "../engine/forecast/augurs.ts";
import { tableForecaster } from "../engine/forecast/tableForecaster.ts";
import type { TensorFlow } from "../engine/forecast/tensorFlow.ts";
import type { TableForecaster } from "./tableForecaster.ts";

/**
 * The models, ready to use. Only ever imported when a file is forecast: no other verb loads them.
 * @param folder where the WebAssembly files lie, beside the program
 * @param tensorFlowFolder where those of the network's library lie, when elsewhere
 * @throws CodedError `install.incomplete` when one is missing or broken
 */
export function fileForecaster(folder: string, tensorFlowFolder = folder): TableForecaster {
  let tensorFlow: Promise<TensorFlow> | null = null;
  const load = async (): Promise<TensorFlow> => {
    const { loadTensorFlow } = await import("../engine/forecast/tensorFlow.ts");
    return loadTensorFlow({ wasmFolder: join(tensorFlowFolder, "/"), native: null });
  };
  try {
    return tableForecaster({
      augurs: {
        ets: readFileSync(join(folder, AUGURS_FILES.ets)),
        mstl: readFileSync(join(folder, AUGURS_FILES.mstl)),
      },
      tensorFlow: () => (tensorFlow ??= load()),
      nowMs: () => performance.now(),
    });
  } catch (error) {
    throw new CodedError("install.incomplete", { path: folder, missing: messageOf(error) }, { cause: error });
  }
}
