import { describe, expect, test } from "vitest";
import { rememberedReport } from "../../../src/views/profile/remembered.ts";
import { outsideReport, profileReport } from "../../webview/profileStates.ts";

describe("what a page Profile kept over a reload", () => {
  test("is the report as it was", () => {
    for (const report of [profileReport(), outsideReport()])
      expect(rememberedReport(JSON.parse(JSON.stringify({ report, table: true })))).toEqual(report);
  });

  test("is nothing when it is no report", () => {
    const { cpu: _, ...part } = profileReport();
    const wrong = { ...profileReport(), durationMs: "long" };
    for (const remembered of [undefined, null, 7, "x", [], {}, { report: null }, { report: part }, { report: wrong }])
      expect(rememberedReport(remembered)).toBe(null);
  });
});
