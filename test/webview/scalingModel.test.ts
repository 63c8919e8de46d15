import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { REPLAY_BOUND } from "../../src/engine/protocol/replay.ts";
import type { PageComparison } from "../../src/engine/protocol/scalingPage.ts";
import { csvText } from "../../src/text/csv.ts";
import {
  basisText,
  comparisonSentence,
  factsOf,
  loadSourceText,
  nowSentence,
  runText,
  spanText,
} from "../../webview/scaling/model.ts";
import { chartColumns, costRows, csvRows } from "../../webview/scaling/rows.ts";
import { comparison, full, now, policy, T0 } from "./scalingStates.ts";

const of = (policies: PageComparison["policies"], over: Partial<PageComparison> = {}): PageComparison => ({
  ...comparison,
  ...over,
  policies,
});
const bound = policy(REPLAY_BOUND, { unmetRatio: 0, unmet: 0, agentHours: 10.12 });

describe("what a comparison shows, in words", () => {
  it("is the engine's own rule beside the usual one, and the bound", () => {
    const rows = [
      policy("adaptive", { agentHours: 12.4, unmetRatio: 0.003 }),
      policy("hpa", { agentHours: 13.63, unmetRatio: 0.0121 }),
    ];
    expect(comparisonSentence(of([...rows, bound]))).toBe(
      "On the last 7 d adaptive would have used 12.4 agent-hours, 9% fewer than hpa, and left 0.3% of the work unmet (hpa 1.21%). The bound, which knows the future, is 10.1, with 0% unmet.",
    );
    const worse = [policy("adaptive", { agentHours: 15 }), policy("hpa", { agentHours: 12 })];
    expect(comparisonSentence(of(worse))).toContain("15 agent-hours, 25% more than hpa,");
    const alike = [policy("adaptive", { agentHours: 12.01 }), policy("hpa", { agentHours: 12 })];
    expect(comparisonSentence(of(alike))).toContain("nearly as many as hpa,");
  });

  it("takes others where those were not compared, and says of one alone what there is to say", () => {
    const rows = [policy("fixed", { unmet: 9, agentHours: 20 }), policy("threshold", { unmet: 4, agentHours: 25 })];
    expect(comparisonSentence(of(rows))).toContain("threshold would have used 25 agent-hours, 25% more than fixed,");
    expect(comparisonSentence(of([policy("fixed", { agentHours: 20 })]))).toBe(
      "On the last 7 d fixed would have used 20 agent-hours, and left 1.2% of the work unmet.",
    );
    expect(comparisonSentence(of([bound]))).toBe("On the last 7 d 10.1 agent-hours would do if the future were known.");
  });

  it("explains a policy that is below the bound by what it leaves undone", () => {
    const text = comparisonSentence(of([policy("adaptive", { agentHours: 9 }), bound]));
    expect(text).toContain("That it is above says that it leaves less unmet.");
  });

  it("names the time there was, in the swarm's own and in real time, not the time that was asked for", () => {
    expect(spanText(comparison)).toBe("the last 7 d");
    expect(spanText({ timeScale: 1, basis: { ...comparison.basis, steps: 4_319 } })).toBe("the last 3 d");
    expect(spanText({ timeScale: 1, basis: { ...comparison.basis, steps: 95 } })).toBe("the last 1 h 35 min");
    // Of seven days a network has learned on the first four: the figures are of the other three.
    const scored = { ...comparison.basis, scoredFrom: 5_760 };
    expect(spanText({ timeScale: 1, basis: scored })).toBe("the last 3 d");
    expect(comparisonSentence({ ...comparison, basis: scored })).toMatch(/^On the last 3 d adaptive /);
    const basis = { ...comparison.basis, steps: 180, stepSeconds: 2 };
    expect(spanText({ basis, timeScale: 240 })).toBe("the last 24 h of the swarm's own time (6 min here)");
  });

  it("never calls measured what was imported", () => {
    const text = (importedRatio: number) => loadSourceText({ source: "measured", importedRatio });
    expect([0, 0.001, 0.4, 0.994, 0.9999, 1].map(text)).toEqual([
      "measured",
      "1% imported, the rest measured",
      "40% imported, the rest measured",
      "99% imported, the rest measured",
      "imported",
      "imported",
    ]);
  });

  it("says what it rests on: a simulation, steps, gaps, start-up and forecasts", () => {
    const text = basisText(comparison);
    expect(text).toContain("A simulation:");
    expect(text).toContain("90 steps without a measurement bring no work.");
    expect(text).toContain("(measured)");
    const young = { ...comparison.basis, missing: 0, forecasts: { made: 0, ready: 0 } };
    const other = basisText({ ...comparison, startUpSource: "assumed", basis: young });
    expect(other).toContain("(assumed)");
    expect(other).not.toContain("without a measurement");
    expect(other).toContain("Too little for a forecast: the adaptive policy reacted alone.");
    expect(basisText(of([policy("hpa")]))).not.toContain("forecast");
    expect(text).not.toContain("scored on");
    const { steps } = comparison.basis;
    expect(basisText({ ...comparison, basis: { ...comparison.basis, scoredFrom: steps - 7 } })).toContain(
      "All are scored on the last 7 steps: the network has learned on those before.",
    );
  });
});

describe("the table", () => {
  it("marks the best of each column as it is written, ties alike, and never the bound", () => {
    const rows = costRows(
      of([
        policy("hpa", { agentHours: 12.44, utilisation: 0.8, actions: 4 }),
        bound,
        policy("adaptive", { agentHours: 12.41, utilisation: 0.7, actions: 4 }),
        policy("fixed", { agentHours: 20, utilisation: null, actions: 4 }),
      ]),
    );
    expect(rows.map(({ name }) => name)).toEqual(["hpa", "adaptive", "fixed", `${REPLAY_BOUND} (bound)`]);
    const best = rows.map(({ cells }) => cells.filter(({ isBest }) => isBest).map(({ text }) => text));
    // 12.44 and 12.41 are both written 12.4; actions are alike for all, so that none is best.
    expect(best).toEqual([["12.4", "80%"], ["12.4", "+2.29 (+23%)"], [], []]);
  });

  it("has the distance to the bound with its sign, and none without a bound", () => {
    const above = (policies: PageComparison["policies"]) => costRows(of(policies)).map(({ cells }) => cells[4]?.text);
    expect(above([policy("hpa", { agentHours: 9 }), bound])).toEqual(["−1.12 (−11%)", "–"]);
    expect(above([policy("hpa")])).toEqual(["–"]);
  });

  it("marks nothing where there is one policy", () => {
    expect(costRows(of([policy("hpa"), bound])).flatMap(({ cells }) => cells.filter(({ isBest }) => isBest))).toEqual(
      [],
    );
  });

  it("is a file of one line a policy, figures as they are, none of them a formula", () => {
    const rows = csvRows(of([policy("=1+1", { utilisation: null }), bound]));
    const [head, first, second] = csvText(rows).split("\r\n");
    expect(new Set([head, first, second].map((line) => line?.split(",").length)).size).toBe(1);
    expect(first).toContain(",simulated,'=1+1,policy,0.012,5400,31,1600,");
    expect(first).toContain(",240,61,,0,10080,");
    expect(second).toContain(`,${REPLAY_BOUND},bound,0,0,`);
  });
});

it("the chart's columns are all of one length, the last values held to the end of their bucket", () => {
  const values = fc.array(fc.option(fc.double({ min: 0, max: 50, noNaN: true })), { maxLength: 40 });
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 4 }), (load, policies) => {
      const capacity = Array.from({ length: policies }, (_, at) => ({ name: `p${at}`, agents: load.map(() => at) }));
      const columns = chartColumns({ series: { fromMs: 0, bucketMs: 2_000, load, capacity } });
      const length = load.length === 0 ? 0 : load.length + 1;
      expect(columns.map((column) => column.length)).toEqual(Array.from({ length: policies + 2 }, () => length));
      expect(columns[0]).toEqual(Array.from({ length }, (_, at) => 2 * at));
      if (length > 1) expect(columns[1]?.at(-1)).toEqual(columns[1]?.at(-2));
    }),
  );
});

describe("how a comparison and the swarm stand", () => {
  it("says how long a comparison takes, never less than nothing", () => {
    const run = { kind: "comparing", sinceMs: T0, wish: { days: 1, policies: ["hpa"] } } as const;
    expect(runText(run, T0 - 5_000)).toBe("Comparing 1 policy on 1 day.");
    expect(runText(run, T0 + 61_400)).toBe("Comparing 1 policy on 1 day, for 61 s.");
    expect(runText({ kind: "idle" }, T0)).toBe("");
  });

  it("says that a swarm is stopped, not looked at, gone, or not there", () => {
    const say = (over: Partial<typeof now>) => nowSentence({ ...full, now: { ...now, verdict: null, ...over } });
    expect(say({ target: 0, live: 0 })).toBe("The swarm is stopped, and is never started automatically.");
    expect(say({ target: 0, live: 1 })).toBe("The swarm is stopped, and an agent is still ending.");
    expect(say({ mode: "observe" })).toContain("In the mode observe nothing is said about its size.");
    expect(say({ mode: "auto" })).toContain("The scaler does not look yet.");
    expect(nowSentence({ ...full, now: null, gone: "docs", swarms: [] })).toContain("Define it again");
    expect(nowSentence({ ...full, now: null, swarms: [] })).toContain("Start the demo swarm");
  });

  it("shows no number for what is not known", () => {
    const [load] = factsOf({ ...now, demand: null, demandSource: "unknown", waitingTasks: null });
    expect(load).toEqual({ label: "Load", value: "–", tag: "unknown" });
    expect(factsOf({ ...now, verdict: null }).find(({ label }) => label === "Plan")?.value).toBe("–");
  });
});
