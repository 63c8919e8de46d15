import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { DecisionState } from "../../../src/engine/protocol/model.ts";
import type { DecisionRow } from "../../../src/engine/protocol/rpc.ts";
import { explanation } from "../../../src/views/decisions/explain.ts";
import { decisionsTree, type Older } from "../../../src/views/decisions/model.ts";
import { agoText, holdsText, shortWhy, spokenChange, whoText } from "../../../src/views/decisions/words.ts";
import { rowContexts } from "../../../src/views/ids.ts";
import type { TreeNode } from "../../../src/views/tree/node.ts";
import { hostileStrings, NOW_MS, unprintable } from "../overviews.ts";
import { decision, id, inputs, superseded, waiting } from "./decisions.ts";

const none: Older = { kind: "none" };
const tree = (rows: readonly DecisionRow[], older: Older = none): readonly TreeNode[] =>
  decisionsTree(rows, older, NOW_MS);
function nodeOf(row: DecisionRow): TreeNode {
  const [node] = tree([row]);
  if (node === undefined) throw new Error("no row");
  return node;
}
/** A document as one line. */
const unwrapped = (text: string): string => text.replace(/\s+/g, " ");
const faceOf = (row: DecisionRow): TreeNode["face"] => nodeOf(row).face;

/** The tree as text: label, then description, indented. */
function dump(nodes: readonly TreeNode[], indent = ""): string[] {
  return nodes.flatMap(({ face, children }) => [
    `${indent}${face.label} | ${face.description}`,
    ...dump(children, `${indent}  `),
  ]);
}

const why = { code: "some.reason", args: {} };
const anomaly = {
  metric: "demand",
  sinceMs: NOW_MS - 60_000,
  value: 14,
  usualLow: 3,
  usualHigh: 6,
  score: 0.9,
} as const;
const states: readonly DecisionState[] = [
  waiting,
  { kind: "withdrawn", reason: why, atMs: NOW_MS },
  { kind: "acting", sinceMs: NOW_MS },
  { kind: "confirmed", live: 8, elapsedMs: 1_200 },
  { kind: "unconfirmed", live: 7, elapsedMs: 60_000, reason: why },
  { kind: "refused", reason: why },
  { kind: "interrupted", reason: why },
];

describe("the Decisions tree", () => {
  it("labels a decision that was made while the load was unusual, and says what it usually is", () => {
    const lines = dump(tree([decision({ inputs: inputs({ anomaly }) })]));
    expect(lines[0]).toBe("6 → 8 demo · load 0.92, unusual | 3 min ago · confirmed in 1.2 s");
    expect(lines.find((text) => text.includes("Unusual load"))).toMatch(
      /^ {2}Unusual load \| demand 14, usually 3 to 6, since .+ · derived$/,
    );
    expect(dump(tree([decision()])).join()).not.toContain("unusual");
  });

  it("says of an orchestrator's records that they are its word, and shows no green light for them", () => {
    const claimed = { records: 5, notes: [] };
    const row = decision({ state: { kind: "confirmed", live: 0, elapsedMs: 52, claimed } });
    expect(dump(tree([row]))[0]).toMatch(/ · confirmed in 52 ms · 5 records \(claimed\), 0 processes seen$/);
    expect(faceOf(row).icon).toEqual({ name: "note", color: "charts.blue" });
    expect(faceOf(decision()).icon).toEqual({ name: "pass", color: "charts.green" });
  });

  it("shows what was decided and how it ended, and under it everything it rests on with its source", () => {
    expect(dump(tree([decision()]))).toEqual([
      "6 → 8 demo · load 0.92 | 3 min ago · confirmed in 1.2 s",
      "  Why | some.reason: load 0.92",
      "  Demand | 5.52 · measured",
      "  Live agents | 6 of 6 wanted, bounds 2 to 16 · measured",
      "  Load now | 0.92 = demand ÷ live agents · derived",
      "  Load expected | – (no forecast takes part) · unknown",
      "  Combined load | 0.92 · derived",
      "  Thresholds | more agents above 0.8, fewer below 0.3",
      "  Forecast | none, takes no part: forecast.young: steps 12",
      "  Mode | auto",
      "  Decided by | the scaler",
      "  Outcome | Confirmed in 1.2 s: 8 agents were seen alive.",
      "  Undo | possible, back to 6",
    ]);
  });

  it("names the forecast where it is what asks for more", () => {
    const ahead = inputs({
      currentRatio: 0.7,
      predictedRatio: 0.93,
      predictedInMs: 120_000,
      combinedRatio: 0.86,
      forecastModel: "ets",
      forecastReason: null,
    });
    expect(shortWhy(decision({ inputs: ahead }))).toBe("forecast 0.93 in 2 min");
    const lines = dump(tree([decision({ inputs: ahead })]));
    expect(lines).toContain("  Load expected | 0.93 at most, in 2 min · derived");
    expect(lines).toContain("  Forecast | ets");
    // The load of the moment asks for it as well, and for fewer agents no forecast can ask.
    expect(shortWhy(decision({ inputs: { ...ahead, currentRatio: 0.9 } }))).toBe("load 0.9");
    expect(shortWhy(decision({ from: 8, to: 6, inputs: { ...ahead, currentRatio: 0.2 } }))).toBe("load 0.2");
  });

  it("never shows a number for what is unknown", () => {
    const blind = inputs({ demand: null, currentRatio: null, combinedRatio: null });
    const lines = dump(tree([decision({ inputs: blind })]));
    expect(lines).toContain("  Demand | – · unknown");
    expect(lines).toContain("  Load now | – · unknown");
    expect(lines[0]).toContain("load –");
  });

  it("has no figures where an operator decided", () => {
    const byHand = decision({ origin: "operator", by: "VS Code", inputs: null });
    const lines = dump(tree([byHand]));
    expect(lines[0]).toBe("6 → 8 demo · by hand | 3 min ago · confirmed in 1.2 s");
    expect(lines.some((one) => one.includes("Demand"))).toBe(false);
    expect(lines).toContain("  Decided by | an operator (VS Code)");
    expect(shortWhy({ ...byHand, from: 0, to: 4 })).toBe("started");
    expect(shortWhy({ ...byHand, from: 4, to: 0 })).toBe("stopped");
    expect(shortWhy({ ...byHand, origin: "undo" })).toBe("undo");
    expect(whoText({ ...byHand, origin: "scaler" })).toBe("the scaler, applied by an operator (VS Code)");
  });

  it("puts what waits for the operator first and leaves the rest as it comes", () => {
    const rows = [3, 2, 1].map((number) => decision({ id: id(number), to: number }));
    const older = decision({ id: id(0), state: waiting });
    expect(tree([...rows, older]).map((node) => node.id)).toEqual(
      [0, 3, 2, 1].map((number) => `decision/${id(number)}`),
    );
  });

  it("never says by colour alone how it stands, and offers what can be done then", () => {
    const faces = states.map((state) => faceOf(decision({ state, undoRefusal: superseded })));
    expect(new Set(faces.map(({ icon }) => icon.name)).size).toBe(states.length);
    expect(new Set(faces.map(({ description }) => description)).size).toBe(states.length);
    expect(faces.map(({ context }) => context)).toEqual([
      rowContexts.decisionWaiting,
      ...states.slice(1).map(() => rowContexts.decisionOver),
    ]);
    expect(faceOf(decision()).context).toBe(rowContexts.decisionUndoable);
    expect(faceOf(decision({ undoneBy: id(9), undoRefusal: superseded })).description).toContain("undone");
  });

  it("speaks a row as a sentence", () => {
    expect(faceOf(decision({ state: waiting })).spoken).toBe(
      "Recommendation: scale demo up from 6 to 8 agents, load 0.92, waiting for you, 3 min ago",
    );
    expect(spokenChange(decision({ from: 0, to: 4 }))).toBe("start demo with 4 agents");
    expect(spokenChange(decision({ from: 4, to: 0 }))).toBe("stop demo, 4 agents");
  });

  it("offers older ones by a row of its own, which says when that failed", () => {
    const last = (older: Older): string | undefined => tree([decision()], older).at(-1)?.face.label;
    expect(last({ kind: "more" })).toBe("Load older…");
    expect(last({ kind: "loading" })).toBe("Loading older…");
    expect(tree([decision()], none)).toHaveLength(1);
    const failed = tree([decision()], { kind: "failed", reason: { code: "x.y", args: {} } }).at(-1);
    expect(failed?.face.description).toBe("failed: x.y");
    expect(failed?.subject.kind).toBe("older");
    expect(tree([decision()], { kind: "tooMany" }).at(-1)?.subject.kind).not.toBe("older");
  });

  it("keeps the ids of its rows whatever happens to the decision", () => {
    const ids = (row: DecisionRow): string[] =>
      tree([row]).flatMap((node) => [node.id, ...node.children.map((one) => one.id)]);
    const before = ids(decision({ state: waiting }));
    expect(new Set(before).size).toBe(before.length);
    expect(ids(decision({ wallMs: NOW_MS - 9_000_000 }))).toEqual(before);
  });

  it("calls the demo a demo, whatever its label", () => {
    expect(faceOf(decision({ swarmLabel: "bees" })).label).toContain("bees (demo)");
    expect(faceOf(decision({ swarmLabel: "bees", swarmId: "bees" })).label).not.toContain("demo");
  });
});

describe("the explanation of a decision", () => {
  it("is a document with every fact of the row, its tooltip too", () => {
    const row = decision();
    const text = unwrapped(explanation(row));
    const tooltip = nodeOf(row).tooltip();
    for (const { face } of nodeOf(row).children) {
      expect(text).toContain(face.label);
      expect(text).toContain(face.description);
      expect(tooltip).toContain(`${face.label}: ${face.description}`);
    }
    expect(text).toContain("Scale demo up from 6 to 8 agents.");
    expect(text).toContain(`Decision ${row.id}`);
    expect(text).toContain("busy agents + waiting tasks");
  });

  it("is wrapped, the further lines of a reason below its first, with no word lost", () => {
    const long = Array.from({ length: 40 }, (_, at) => `word${at}`).join(" ");
    const lines = explanation(decision({ reason: { code: "some.reason", args: { long } } })).split("\n");
    for (const one of lines) expect(one.length).toBeLessThanOrEqual(80);
    const first = lines.findIndex((one) => one.startsWith("Why:"));
    const indent = /^Why: +/.exec(lines[first] ?? "")?.[0].length ?? 0;
    expect(lines[first + 1]?.search(/\S/)).toBe(indent);
    expect(unwrapped(lines.join("\n"))).toContain(long);
    // Nothing to break at: shown whole.
    const path = `/${"x".repeat(200)}`;
    expect(explanation(decision({ reason: { code: "some.reason", args: { path } } }))).toContain(path);
  });

  it("says that the demand of a swarm without tasks is derived", () => {
    const text = explanation(decision({ inputs: inputs({ demandSource: "derived" }) }));
    expect(text).toContain("5.52 · derived");
    expect(text).toContain("CPU share");
  });

  it("tells why an undo is not possible, where there was something to undo", () => {
    expect(explanation(decision({ undoRefusal: superseded }))).toMatch(
      /Undo: +not possible: Something else was decided since/,
    );
    expect(explanation(decision({ state: waiting, undoRefusal: superseded }))).not.toContain("Undo:");
  });
});

describe("ages", () => {
  it.each([
    [0, "<1 min ago"],
    [59_999, "<1 min ago"],
    [60_000, "1 min ago"],
    [3_599_999, "59 min ago"],
    [3_600_000, "1 h ago"],
    [47 * 3_600_000, "47 h ago"],
    [72 * 3_600_000, "3 d ago"],
    [-5_000, "<1 min ago"],
  ])("%d ms are %s", (age, text) => expect(agoText(NOW_MS - age, NOW_MS)).toBe(text));

  it("never run backwards as time goes on", () => {
    const minutes = (text: string): number => {
      const [, figure = "0", unit = "min"] = /^(\d+) (min|h|d) ago$/.exec(text) ?? [];
      return Number(figure) * { min: 1, h: 60, d: 1440 }[unit as "min" | "h" | "d"];
    };
    fc.assert(
      fc.property(fc.nat(1e9), fc.nat(1e9), (a, b) => {
        const [young, old] = [Math.min(a, b), Math.max(a, b)];
        expect(minutes(agoText(NOW_MS - young, NOW_MS))).toBeLessThanOrEqual(minutes(agoText(NOW_MS - old, NOW_MS)));
      }),
    );
  });
});

it.each(hostileStrings.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
  "hostile text %s is shown as text, within bounds, in rows, for screen readers, in tooltips and in the document",
  (_, text) => {
    const reason = { code: text, args: { value: text } };
    const row = decision({
      swarmId: text,
      swarmLabel: text,
      by: text,
      reason,
      state: { kind: "refused", reason },
      undoRefusal: reason,
      inputs: inputs({ forecastModel: text, forecastReason: reason }),
    });
    const nodes = tree([row], { kind: "failed", reason }).flatMap((node) => [node, ...node.children]);
    for (const { face, tooltip } of nodes) {
      for (const shown of [face.label, face.description, face.spoken]) {
        expect(shown).not.toMatch(unprintable);
        expect(shown.length).toBeLessThan(700);
      }
      for (const one of tooltip().split("\n")) expect(one).not.toMatch(unprintable);
      expect(tooltip().length).toBeLessThan(6_000);
    }
    for (const one of explanation(row).split("\n")) expect(one).not.toMatch(unprintable);
  },
);

describe("what is on hold", () => {
  it("is said above the rows, with its end, and nothing is said when nothing is", () => {
    const untilMs = Date.now() + 900_000;
    const holds = [
      { swarmId: "demo", label: "demo", untilMs: null },
      { swarmId: "api", label: "a\u0007pi", untilMs },
    ];
    expect(holdsText(holds)).toBe(
      `On hold, so not sized automatically: demo, api until ${new Date(untilMs).toLocaleTimeString()}.`,
    );
    expect(holdsText([])).toBeNull();
  });
});
