import { describe, expect, it } from "vitest";
import { measureKpis } from "../../../src/engine/analyse/kpis/measureKpis.ts";
import { KPI_IDS } from "../../../src/engine/protocol/kpis.ts";
import { kpiReasons } from "../../../src/text/reasons/kpis.ts";
import { addReasons } from "../../../src/text/reasons.ts";
import { kpisTree } from "../../../src/views/kpis/model.ts";
import { kpisSample } from "../../cli/kpisSample.ts";
import { inputsOf } from "../../engine/analyse/kpis/inputs.ts";

addReasons([kpiReasons]);

const rowOf = (id: string, report = kpisSample({ timeframe: "1h" })) => {
  const node = kpisTree(report).find((one) => one.id === `kpi/demo/${id}`);
  if (node === undefined) throw new Error(`no row ${id}`);
  return node;
};

describe("rows of key figures", () => {
  it("are twelve, in the order of the protocol, each of the swarm and with the row's own actions", () => {
    const rows = kpisTree(kpisSample());
    expect(rows.map(({ id }) => id)).toEqual(KPI_IDS.map((id) => `kpi/demo/${id}`));
    expect(new Set(rows.map(({ face }) => face.context))).toEqual(new Set(["kpi"]));
    expect(rows[0]?.subject).toEqual({ kind: "swarm", swarmId: "demo" });
  });

  it("tell figure, goal, whether it is met, and the window", () => {
    const { face } = rowOf("utilisation");
    expect([face.label, face.description]).toEqual(["Utilisation", "75% · goal > 70% · met · last hour"]);
    expect(face.icon.name).toBe("pass");
    expect(face.spoken).toBe("Utilisation: 75%, goal > 70%, met, last hour");
  });

  it("say missed by word and by another icon, not by colour alone", () => {
    const kpis = kpisSample().kpis.map((kpi) => (kpi.id === "utilisation" ? { ...kpi, met: false } : kpi));
    const { face } = rowOf("utilisation", kpisSample({ kpis, timeframe: "7d" }));
    expect(face.description).toBe("75% · goal > 70% · missed · last 7 days");
    expect(face.icon.name).toBe("warning");
  });

  it("show a dash for what is unknown, and tell why where the pointer rests", () => {
    const node = rowOf("recoveryTime");
    expect(node.face.description).toMatch(/^– · .*last hour$/);
    expect(node.face.description).not.toMatch(/met|missed/);
    expect(node.face.icon.name).toBe("question");
    expect(node.face.spoken).toContain("Recovery time: unknown");
    expect(node.tooltip()).toContain("Unknown: 0 observations so far; 30 are needed before anything is said.");
  });

  it("tell definition, source, denominator, observations and trend in the tooltip", () => {
    const lines = rowOf("utilisation").tooltip().split("\n");
    expect(lines[0]).toBe("Utilisation of demo, last hour: 75%");
    expect(lines).toContain("It is: busy ÷ live agent-seconds");
    expect(lines).toContain("Goal > 70%, met");
    expect(lines.find((one) => one.startsWith("Source: "))).toMatch(
      /^Source: (measured|derived), over .* agent-hours$/,
    );
    expect(lines.find((one) => one.startsWith("Rests on "))).toMatch(/observations; 30 are needed$/);
    expect(lines.at(-1)).toBe("Trend, the second half beside the first: better, from 65%");
  });

  it("never show a zero where nothing was measured", () => {
    for (const { face } of kpisTree(kpisSample({ kpis: measureKpis(inputsOf()) })))
      expect(face.description).toMatch(/^– · /);
  });
});
