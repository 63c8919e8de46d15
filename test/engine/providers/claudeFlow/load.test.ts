import { describe, expect, test } from "vitest";
import { follow, isRead } from "./world.ts";

describe("the load of an orchestrator's records", () => {
  test("is counted over all of them, not over those that are shown", async () => {
    const { until } = follow({ agents: 230, busy: 215 }, { maxAgents: 400, callTimeoutSeconds: 5 });
    const view = await until("its records", isRead);
    expect(view.records).toHaveLength(200);
    expect(view).toMatchObject({ recordCount: 230, busyCount: 215 });
  });
});
