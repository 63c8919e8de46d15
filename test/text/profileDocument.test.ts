import { describe, expect, test } from "vitest";
import { profileDocument } from "../../src/text/profileDocument.ts";
import { profileMarkdown } from "../../src/text/profileMarkdown.ts";
import { growthText } from "../../src/text/profileMemory.ts";
import { profileSample } from "../cli/profileSample.ts";
import { hostileStrings } from "../views/overviews.ts";
import { outsideReport, profileReport } from "../webview/profileStates.ts";

describe("a profile's report in words", () => {
  test("reads as recorded, as Markdown", async () => {
    await expect(profileMarkdown(profileDocument(profileReport()))).toMatchFileSnapshot("../golden/profile/report.md");
    await expect(profileMarkdown(profileDocument(outsideReport()))).toMatchFileSnapshot("../golden/profile/outside.md");
  });

  test("leaves out series that were never told, and keeps the gaps of those that were", () => {
    const report = profileReport();
    const memory = report.memory ?? expect.fail("no memory");
    const [first = expect.fail("no look"), ...others] = memory.snapshots;
    const snapshots = [
      { ...first, pssBytes: null, swapBytes: null, externalBytes: null },
      ...others.map((one) => ({ ...one, swapBytes: null, externalBytes: null })),
    ];
    const words = profileDocument({ ...report, memory: { ...memory, snapshots } });
    expect(words.memory?.series.map(({ id }) => id)).toEqual(["rss", "pss", "heapUsed", "heapTotal"]);
    expect(words.memory?.series[1]?.values.slice(0, 2)).toEqual([null, 339.5e6]);
  });

  test("offers the source of functions in files only: what Node brings along is in its binary", () => {
    const report = profileSample();
    const cpu = report.cpu ?? expect.fail("no cpu");
    const [hot = expect.fail("none")] = cpu.hotspots;
    const hotspots = ["file:///src/agent.js", "/src/agent.js", "node:internal/timers", null].map((file) => ({
      ...{ ...hot, file },
    }));
    const words = profileDocument({ ...report, cpu: { ...cpu, hotspots } });
    expect(words.cpu?.rows.map(({ place, hasSource }) => [place, hasSource])).toEqual([
      ["/src/agent.js:12", true],
      ["/src/agent.js:12", true],
      ["node:internal/timers:12", false],
      ["", false],
    ]);
    expect(words.recommendations[0]).toMatchObject({ target: "hash /src/agent.js:12", hasSource: true });
  });

  test("claims no trend where there is none", () => {
    const [growth = expect.fail("none")] = profileSample().memory?.growth ?? [];
    const told = (confidence: number | null) => growthText({ ...growth, pattern: "sawtooth", confidence });
    expect(told(0.02)).toContain(", no trend seen (derived");
    expect(told(0.93)).toContain(", a trend with 93% confidence");
    expect(told(1)).toContain("over 99%");
    expect(told(null)).not.toContain("trend");
  });

  test("nothing of what a process calls itself means anything in Markdown", () => {
    const all = hostileStrings.join(" ");
    const sample = profileReport();
    const cpu = sample.cpu ?? expect.fail("no cpu");
    const [hot = expect.fail("none")] = cpu.hotspots;
    const markdown = profileMarkdown(
      profileDocument({
        ...sample,
        process: { ...sample.process, command: `${all} | # x` },
        cpu: { ...cpu, hotspots: [{ ...hot, name: `${all} | x`, file: `/${all}` }] },
      }),
    );
    expect(markdown).not.toMatch(/(?<!\\)<img|(?<!\\)\]\(/);
    // A cell more would be a column more.
    const row = markdown.split("\n").find((line) => line.startsWith("| 41% ")) ?? expect.fail("no row");
    expect(row.replaceAll("\\|", "").split("|")).toHaveLength(6);
  });
});
