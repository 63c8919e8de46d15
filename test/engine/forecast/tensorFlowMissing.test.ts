import { expect, test } from "vitest";
import { loadTensorFlow } from "../../../src/engine/forecast/tensorFlow.ts";
import { reasonText } from "../../../src/text/reasons.ts";

// In a file of its own: a process in which WebAssembly has once been started keeps it.

test("without its WebAssembly files the library works in plain JavaScript, and says why", async () => {
  const loaded = await loadTensorFlow({ wasmFolder: "/nowhere/", native: null });
  expect(loaded.backend).toBe("cpu");
  expect(loaded.fellBack?.code).toBe("tensorFlow.wasm");
  expect(reasonText(loaded.fellBack as NonNullable<typeof loaded.fellBack>)).toContain("WebAssembly");
  // A network of the size that is used would take half a minute.
  const { tf, network } = loaded;
  const model = network({ steps: 4, features: 2, units: 3, outputs: 1, seed: 1 });
  model.compile({ optimizer: tf.train.adam(0.05), loss: "meanAbsoluteError" });
  const { history } = await model.fit(tf.ones([8, 4, 2]), tf.ones([8, 1]), { epochs: 30, verbose: 0 });
  expect((history["loss"] as number[]).at(-1)).toBeLessThan(0.5 * (history["loss"]?.[0] as number));
});
