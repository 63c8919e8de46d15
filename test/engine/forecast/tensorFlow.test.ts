import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { loadTensorFlow } from "../../../src/engine/forecast/tensorFlow.ts";
import { requireNative } from "../../../src/engine/heavy/nativeTensorFlow.ts";
import { reasonText } from "../../../src/text/reasons.ts";
import { wasmFolder } from "./support.ts";

const root = mkdtempSync(join(tmpdir(), "tensorflow-"));
const modules = join(import.meta.dirname, "../../../node_modules/@tensorflow");
afterAll(() => rmSync(root, { recursive: true, force: true }));

/** A folder that is asked for a library like that of `tfjs-node`. */
function folderWith(name: string, program: string): string {
  const folder = join(root, name);
  mkdirSync(folder);
  writeFileSync(join(folder, "index.js"), program);
  return folder;
}

/** The same parts as the real one brings, its native back end played by the one of plain JavaScript. */
const working = folderWith(
  "working",
  `const core = require(${JSON.stringify(join(modules, "tfjs-core"))});
   const layers = require(${JSON.stringify(join(modules, "tfjs-layers"))});
   require(${JSON.stringify(join(modules, "tfjs-backend-cpu"))});
   if (core.findBackendFactory("tensorflow") == null) {
     core.registerBackend("tensorflow", core.findBackendFactory("cpu"), 3);
     for (const kernel of core.getKernelsForBackend("cpu"))
       core.registerKernel({ ...kernel, backendName: "tensorflow" });
   }
   // What Node 23 has taken out of util, and the real one calls.
   const util = require("util");
   if (!util.isNullOrUndefined(null) || !util.isArray([])) throw new Error("util is incomplete");
   module.exports = { ...core, ...layers };`,
);

const load = (folder: string) => loadTensorFlow({ wasmFolder, native: async () => requireNative(folder) });

describe("native TensorFlow", () => {
  test("is used where it works, and then there is nothing to say", async () => {
    const { backend, fellBack, tf, network } = await load(working);
    expect({ backend, fellBack }).toEqual({ backend: "tensorflow", fellBack: null });
    expect(tf.getBackend()).toBe("tensorflow");
    const model = network({ steps: 2, features: 1, units: 1, outputs: 1, seed: 1 });
    expect(model.getWeights()).toHaveLength(5);
    model.dispose();
  });

  test.each<[string, string, string]>([
    ["throws", `throw new Error("wrong ELF class")`, "wrong ELF class"],
    ["has nothing of it", "module.exports = { setBackend: () => true };", "the module has no tidy, train"],
    ["is no module", "module.exports = null;", "the module has no setBackend"],
    [
      "has a back end that does not start",
      `module.exports = { ...require(${JSON.stringify(working)}), setBackend: async () => false };`,
      "could not be started",
    ],
    [
      "calculates nonsense",
      `const whole = require(${JSON.stringify(working)});
       module.exports = { ...whole, losses: { absoluteDifference: (a, b) => whole.mul(whole.mean(whole.sub(a, b)), NaN) } };`,
      "answered with NaN",
    ],
  ])("that %s gives way to WebAssembly, and the reason is told", async (name, program, words) => {
    const { backend, fellBack, tf } = await load(folderWith(name.replaceAll(" ", "-"), program));
    expect(backend).toBe("wasm");
    expect(tf.getBackend()).toBe("wasm");
    expect(fellBack?.code).toBe("tensorFlow.native");
    expect(reasonText(fellBack as NonNullable<typeof fellBack>)).toContain(words);
  });

  test("that is not there gives way too", async () => {
    const { backend, fellBack } = await load(join(root, "nowhere"));
    expect(backend).toBe("wasm");
    expect(fellBack?.args["detail"]).toContain("nowhere");
  });

  test("that nobody asked for is no loss", async () => {
    const { backend, fellBack } = await loadTensorFlow({ wasmFolder, native: null });
    expect({ backend, fellBack }).toEqual({ backend: "wasm", fellBack: null });
  });
});
