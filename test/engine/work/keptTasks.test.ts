import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { noLeases } from "./noLeases.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { createRng } from "../../../src/engine/common/rng.ts";
import type { NewTask } from "../../../src/engine/ports.ts";
import { faultTolerancePolicy } from "../../../src/engine/protocol/faultTolerance.ts";
import { openStore } from "../../../src/engine/store/store.ts";
import { createWork } from "../../../src/engine/work/createWork.ts";

const NOW_MS = 1_700_000_000_000;
const silent = () => undefined;

function ended(index: number, swarmId: string): NewTask {
  return {
    record: {
      ...{ id: `t${index}`, swarmId, lane: "standard", priority: 5, label: "", submittedAtMs: NOW_MS },
      ...{ submittedBy: "test", attempt: 1, maxAttempts: 1, timeoutSeconds: 60, retryOf: null, deaths: 0 },
      state: { kind: "done", atMs: NOW_MS + index, tookMs: 1 },
    },
    input: { kind: "prompt", prompt: "" },
    key: null,
  };
}

test("ended tasks are all known until there are so many that the oldest are forgotten, whosever they are", () => {
  const folder = mkdtempSync(join(tmpdir(), "kept-tasks-"));
  const clock = new ManualClock(0, NOW_MS);
  const store = openStore({ path: join(folder, "swarm.db"), machineId: "m", clock });
  try {
    const work = createWork({
      ...{ store: store.tasks, policy: faultTolerancePolicy.parse({}), clock, rng: createRng(1) },
      ...noLeases,
      ...{ runner: () => null, swarms: () => [], faults: () => null, onEvent: silent },
      log: { debug: silent, info: silent, warn: silent, error: silent },
    });
    expect(work.keptSinceMs()).toBeNull();
    const tasks = Array.from({ length: 2_010 }, (_, index) => ended(index, index % 2 === 0 ? "s" : "other"));
    store.tasks.add(tasks.slice(0, 1_999));
    expect(work.keptSinceMs()).toBeNull();
    store.tasks.add(tasks.slice(1_999));
    work.look();
    expect(work.keptSinceMs()).toBe(NOW_MS + 10);
  } finally {
    store.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
