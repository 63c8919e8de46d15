import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { moreReasons } from "../../../src/text/moreReasons.ts";
import { addReasons } from "../../../src/text/reasons.ts";
import { reportChart } from "../../../src/text/report/chart.ts";
import { REPORT_FORMATS, SECTION_IDS } from "../../../src/engine/protocol/reportPage.ts";
import { reportDocument } from "../../../src/text/report/document.ts";
import { exportedReport, formatOfFile } from "../../../src/text/report/exports.ts";
import { escaped, reportHtml } from "../../../src/text/report/html.ts";
import { literal } from "../../../src/text/report/markdown.ts";
import { emptyReport, reportSample } from "../../cli/performanceReportSample.ts";
import { hostileStrings, unprintable } from "../../views/overviews.ts";

addReasons(moreReasons);

const document = reportDocument(reportSample());
const sectionOf = (id: string, of = document) => of.sections.find((one) => one.id === id);

describe("a report in words", () => {
  test("has every part once, in the order of the page", () => {
    expect(document.sections.map(({ id }) => id)).toEqual([...SECTION_IDS]);
  });

  test("recommends with why, and with a gain that is derived or says why it is not known", () => {
    const rows = sectionOf("recommendations")?.table?.rows ?? [];
    expect(rows.find(([what]) => what?.startsWith("Apply"))).toEqual([
      "Apply the recommendation that waits: 6 → 8 agents.",
      "Load is 0.92, above 0.8.",
      "load 0.92 → 0.69 (derived)",
    ]);
    expect(rows.find(([what]) => what?.startsWith("Set the mode"))?.[2]).toBe(
      "14 min less waiting with 0.6 agent-hours more, over 5 h like the last (derived)",
    );
    expect(rows.find(([what]) => what?.startsWith("Set 'scaling.policy'"))?.[2]).toBe(
      "17% lower cost: 180 → 150 agent-hours by the reward's weights (derived)",
    );
    expect(rows.filter(([, , gain]) => gain?.startsWith("unknown. ")).length).toBeGreaterThan(0);
    for (const [, , gain] of rows) expect(gain).toMatch(/\(derived\)$|^unknown\. /);
  });

  test("tells what decisions brought, and by how many that is said", () => {
    expect(sectionOf("decisions")?.lines).toEqual([
      "4 decisions: 1 waits, 3 confirmed; 1 undone.",
      "Of 2 with a measured effect, tasks waited shorter (95th percentile) after 1 and longer after 1: median 2.5 s before, 1.1 s after.",
    ]);
  });

  test("of a swarm that was not measured shows no number but zero counts, and why", () => {
    const empty = reportDocument(emptyReport());
    for (const id of ["kpis", "load", "tasks", "breakers", "bottlenecks", "capacity", "policies"]) {
      const section = sectionOf(id, empty);
      expect(section?.isUnknown, id).toBe(true);
      expect(section?.lines, id).toEqual([
        "Not known: Nothing of the swarm 'demo' was measured in the last 24 h. Ask for a longer time, or start it.",
      ]);
      expect(section?.table, id).toBeUndefined();
    }
    expect(sectionOf("decisions", empty)?.lines).toEqual(["Nothing was decided."]);
    expect(sectionOf("recommendations", empty)?.lines).toEqual(["Nothing that is known asks for a change."]);
  });

  test("what was not counted is unknown, never 0", () => {
    const tasks = { kind: "known", value: { done: null, failed: null, shed: null } } as const;
    const told = sectionOf("tasks", reportDocument(reportSample({ tasks })))?.lines;
    expect(told?.[0]).toBe("Tasks done unknown, failed unknown.");
    const cost = { kind: "unknown", reason: { code: "cost.noPrices", args: {} } } as const;
    expect(sectionOf("tasks", reportDocument(reportSample({ cost })))?.lines[1]).toContain("No prices are configured");
  });

  test("never says undefined, null, NaN or an object", () => {
    for (const report of [reportSample(), reportSample({ detailed: false }), emptyReport()])
      expect(JSON.stringify(reportDocument(report).sections.map((one) => ({ ...one, picture: "" })))).not.toMatch(
        /undefined|null|NaN|\[object/,
      );
  });
});

describe("as HTML", () => {
  const html = reportHtml(document);

  test("it is one file: no script, and nothing that is fetched", () => {
    expect(html).toContain("default-src 'none'");
    expect(html).not.toMatch(/<script|<link|<img|\bon[a-z]+=|url\(|@import|https?:\/\//i);
    expect(html).toContain("@media print");
    expect(html).toContain("prefers-color-scheme: dark");
    expect(html).toContain("<svg");
  });

  test("it has every text of the report", () => {
    for (const { title, lines, table } of document.sections)
      for (const text of [title, ...lines, ...(table?.rows.flat() ?? [])]) expect(html).toContain(escaped(text));
  });

  test.each(hostileStrings)("%j is text", (hostile) => {
    const made = exportedReport(reportSample({ swarmLabel: hostile }), "html");
    const tags = (text: string): string[] => text.match(/<[^>]*>/g) ?? [];
    expect(tags(made)).toEqual(tags(html));
    expect(made.replaceAll("\n", "")).not.toMatch(unprintable);
  });

  test("whatever a text has, no markup comes of it", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (raw) => {
        expect(escaped(raw)).not.toMatch(/[<>"']|&(?!(?:amp|lt|gt|quot|#39);)/);
      }),
    );
  });
});

describe("as Markdown", () => {
  test("it says what the HTML says", () => {
    const made = exportedReport(reportSample(), "md");
    for (const { title, lines } of document.sections)
      for (const text of [title, ...lines]) expect(made).toContain(literal(text));
  });

  test("every row of a table has as many cells as the table has columns", () => {
    const made = exportedReport(reportSample({ swarmLabel: "a | b" }), "md");
    const cells = (line: string): number => line.replaceAll(/\\./g, "").split("|").length - 2;
    const tables = made
      .trim()
      .split("\n\n")
      .filter((block) => block.startsWith("|"));
    expect(tables.length).toBeGreaterThan(5);
    for (const block of tables) expect(new Set(block.split("\n").map(cells)).size).toBe(1);
  });

  test.each([
    ["[x](http://a)", "\\[x\\](http\\://a)"],
    ["<img src=x>", "\\<img src=x\\>"],
    ["a|b", "a\\|b"],
    ["# head", "\\# head"],
    ["- item", "\\- item"],
    ["1. item", "1\\. item"],
    ["www.a.b me@a.b", "www\\.a.b me\\@a.b"],
    ["`code`", "\\`code\\`"],
  ])("%j means nothing", (raw, safe) => {
    expect(literal(raw)).toBe(safe);
  });
});

test("as JSON it is the answer itself", () => {
  const report = reportSample();
  expect(JSON.parse(exportedReport(report, "json"))).toEqual(JSON.parse(JSON.stringify(report)));
});

test("the end of a file's name says what is written", () => {
  expect(REPORT_FORMATS.map((format) => formatOfFile(`/a/b.${format.toUpperCase()}`))).toEqual([...REPORT_FORMATS]);
  expect(formatOfFile("report.pdf")).toBeNull();
  expect(formatOfFile("md")).toBeNull();
});

describe("the picture", () => {
  const of = (values: readonly (number | null)[]) =>
    reportChart({ fromMs: 0, bucketMs: 1_000, lines: [{ name: "a", values }] });

  test("begins at 0, reaches the greatest value, and leaves a gap where nothing was measured", () => {
    const { lines, levels, top, bottom } = of([1, null, 3, 7]);
    expect(lines[0]?.path.match(/M/g)).toHaveLength(2);
    expect(levels[0]).toEqual({ y: bottom, text: "0" });
    expect(levels.at(-1)?.y).toBe(top);
    expect(Number(levels.at(-1)?.text)).toBeGreaterThanOrEqual(7);
    expect(levels.length).toBeLessThan(8);
  });

  test("of nothing, of zeros and of one value is no NaN", () => {
    for (const values of [[], [null], [0, 0], [5], [1e12], [1e-9, 2e-9]])
      expect(JSON.stringify(of(values))).not.toMatch(/NaN|null|Infinity/);
  });
});
