import { beforeEach, describe, expect, it, vi } from "vitest";
import type { ReportFormat } from "../../../src/engine/protocol/reportPage.ts";
import { calls } from "../../../src/engine/protocol/rpc.ts";
import { Failure } from "../../../src/views/sessionPort.ts";
import type { PagesDeps } from "../../../src/views/pages/pages.ts";
import { reportSample } from "../../cli/performanceReportSample.ts";

let written: { path: string; text: string }[] = [];
vi.mock("vscode", () => ({
  workspace: {
    fs: {
      writeFile: async ({ fsPath }: { fsPath: string }, bytes: Uint8Array) =>
        void written.push({ path: fsPath, text: new TextDecoder().decode(bytes) }),
    },
  },
}));
const { ReportPanels } = await import("../../../src/views/report/panel.ts");

let asked: { method: string; params: unknown }[] = [];
let report: () => unknown;
beforeEach(() => {
  written = [];
  asked = [];
});

const exported = (format: ReportFormat): Promise<string | null> => {
  const connection = {
    call: async ({ method }: { method: string }, params: unknown) => {
      asked.push({ method, params });
      if (method === calls.performanceReport.method) return report();
      const figures = [{ path: "latency", value: "0ms" }];
      const answer = { role: "performance_report", tools: [], grade: "stub", atMs: 1_700_000_000_000, left: 0 };
      return { swarmId: "flow", mode: "observe", answers: [{ ...answer, figures, reason: null }] };
    },
  };
  const panels = new ReportPanels({ session: { connection: async () => connection } } as unknown as PagesDeps);
  const target = { scheme: "file", fsPath: "/work/r" } as never;
  return panels.exported(
    { id: "flow", label: "flow" },
    { timeframe: "24h", format, target },
    new AbortController().signal,
  );
};

describe("the export of a report", () => {
  it("is the engine's own of a swarm of ours, and the orchestrator is not asked", async () => {
    report = reportSample;
    expect(await exported("json")).toBe("Saved to /work/r");
    expect(JSON.parse(written[0]?.text ?? "")).toMatchObject({ swarmId: reportSample().swarmId });
    expect(asked.map(({ method }) => method)).toEqual([calls.performanceReport.method]);
  });

  it.each(["html", "md", "json"] as const)(
    "is what is claimed of one of an orchestrator, with its grade, as %s",
    async (format) => {
      report = () => {
        throw new Failure({ code: "swarm.recordsOnly", args: { swarmId: "flow", need: "agents" } });
      };
      await exported(format);
      const text = written[0]?.text ?? "";
      for (const part of ["claimed", "stub", "latency", "0ms"]) expect(text).toContain(part);
      if (format === "json") expect(JSON.parse(text)).toMatchObject({ mode: "observe" });
      expect(asked.at(-1)?.params).toEqual({ swarmId: "flow", roles: ["performance_report"] });
    },
  );

  it("writes nothing where the report cannot be had for another reason", async () => {
    report = () => {
      throw new Failure({ code: "rpc.timeout", args: {} });
    };
    await expect(exported("md")).rejects.toMatchObject({ code: "rpc.timeout" });
    expect(written).toEqual([]);
  });
});
