import assert from "node:assert/strict";
import { describe, it } from "mocha";
import { api } from "./steps.ts";

describe("activation", () => {
  it("takes no more than 30 ms", async () => {
    const { lastActivationMs } = await api();
    assert.ok(lastActivationMs <= 30, `activate() took ${lastActivationMs.toFixed(1)} ms`);
  });
});
