import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  bottleneckOutput,
  capacityOutput,
  cliError,
  exitCode,
  historyOutput,
  kpisOutput,
  performanceReportOutput,
} from "../../src/engine/protocol/cli.ts";
import { BOTTLENECK_COMPONENTS } from "../../src/engine/protocol/bottlenecks.ts";
import { bundle, cli, home, json, tidyUp, until } from "./realCli.ts";

/** What a real engine keeps with its ticks, and what is said of it. */
describe.runIf(process.platform === "linux")("key figures from the command line, with a real engine", () => {
  beforeAll(async () => {
    await bundle();
    await json("swarm-start", "--demo", "--mode", "observe");
  }, 60_000);
  afterAll(tidyUp, 60_000);

  test(
    "what they rest on is kept: tasks so far, and whether one could start in time",
    { timeout: 60_000 },
    async () => {
      const values = async (metric: string) => {
        const range = historyOutput.parse(
          await json("history", "--swarm-id", "demo", "--metric", metric, "--from", "10m"),
        );
        return range.points.flatMap(({ mean }) => (mean === null ? [] : [mean]));
      };
      await until("a task of the demo is done", async () => (await values("tasksDone")).some((done) => done > 0));
      expect((await values("startableRatio")).every((share) => share >= 0 && share <= 1)).toBe(true);
    },
  );

  test("of a swarm that has just begun are known or say what is missing", { timeout: 60_000 }, async () => {
    const ask = async () =>
      kpisOutput.parse(JSON.parse((await cli("kpis", "--demo", "--timeframe", "1h", "--json")).stdout));
    const utilisation = ({ kpis }: Awaited<ReturnType<typeof ask>>) => kpis.find(({ id }) => id === "utilisation");
    // Of its first ticks little is known.
    await until("time of agents is known", async () => (utilisation(await ask())?.denominator.value ?? 0) > 0);
    const { kpis, currency } = await ask();
    expect(kpis).toHaveLength(12);
    expect(currency).toBeNull();
    expect(kpis.find(({ id }) => id === "costEfficiency")?.figure).toMatchObject({ reason: { code: "cost.noPrices" } });
    const none = await cli("kpis", "--swarm-id", "nobody", "--json");
    expect(none.exit).toBe(exitCode.failure);
    expect(cliError.parse(JSON.parse(none.stdout)).error.code).toBe("swarm.unknown");
  });

  test(
    "bottlenecks are told of every component, and of the machine they know something",
    { timeout: 60_000 },
    async () => {
      const { findings } = bottleneckOutput.parse(
        JSON.parse((await cli("bottleneck-analyze", "--component", "all", "--json")).stdout),
      );
      expect(new Set(findings.map(({ component }) => component))).toEqual(new Set(BOTTLENECK_COMPONENTS));
      const disk = findings.find(({ component, kind }) => component === "disk" && kind === "errors");
      expect(disk).toMatchObject({ severity: "unknown", evidence: [] });
    },
  );

  test("a capacity plan has prices by the configuration, and refuses a bad one", { timeout: 60_000 }, async () => {
    const file = (prices: unknown) => {
      const path = join(home, "prices.json");
      writeFileSync(path, JSON.stringify({ prices }));
      return path;
    };
    const negative = await cli("config-set", "--file", file({ currency: "EUR", agentHour: -1 }), "--json");
    expect(negative.exit).toBe(exitCode.usage);
    await json("config-set", "--file", file({ currency: "EUR", agentHour: 0.5 }));
    const asked = ["capacity-plan", "--demo", "--agents", "8", "--growth", "20", "--json"];
    const plan = capacityOutput.parse(JSON.parse((await cli(...asked)).stdout));
    expect(plan.kinds[0]?.whatIf?.costPerHour).toEqual({ kind: "known", amount: 4, currency: "EUR" });
    expect(plan.rows.find(({ resource }) => resource === "memory")?.growth?.perDay).toBeGreaterThan(0);
    // By the learned growth nothing is known yet, and that is said.
    const auto = capacityOutput.parse(JSON.parse((await cli("capacity-plan", "--demo", "--json")).stdout));
    expect(auto).toMatchObject({ basis: "footprints", first: null, reason: { code: "capacity.history" } });
  });

  test(
    "a report is told, exported in three forms that say the same, and never written over a file",
    { timeout: 120_000 },
    async () => {
      const report = async (...args: string[]) => cli("performance-report", "--demo", ...args);
      await until("the load of a minute is kept", async () => (await report("--json")).exit === exitCode.ok);
      const told = performanceReportOutput.parse(await json("performance-report", "--demo", "--format", "detailed"));
      expect(told).toMatchObject({
        swarmId: "demo",
        detailed: true,
        load: { kind: "known" },
        tasks: { kind: "known" },
      });
      // Nobody has trained a network for it.
      expect(told.policies).toMatchObject({ kind: "unknown", reason: { code: "training.none" } });
      for (const [end, begin] of [
        ["html", "<!DOCTYPE html>"],
        ["md", "# Performance report"],
        ["json", "{"],
      ] as const) {
        const path = join(home, `report.${end}`);
        expect((await report("--out", path)).exit).toBe(exitCode.ok);
        const text = readFileSync(path, "utf8");
        expect(text.startsWith(begin)).toBe(true);
        if (end === "json") expect(performanceReportOutput.parse(JSON.parse(text)).swarmId).toBe("demo");
        else
          for (const title of ["Recommendations", "Key figures", "Decisions and their effect"])
            expect(text).toContain(title);
        expect(statSync(path).mode & 0o777).toBe(0o600);
        const again = await report("--out", path, "--json");
        expect(again.exit).toBe(exitCode.failure);
        expect(cliError.parse(JSON.parse(again.stdout)).error.code).toBe("file.exists");
        expect(readFileSync(path, "utf8")).toBe(text);
        expect((await report("--out", path, "--force")).exit).toBe(exitCode.ok);
      }
      const nowhere = await report("--out", join(home, "none", "report.md"), "--json");
      expect(cliError.parse(JSON.parse(nowhere.stdout)).error.code).toBe("file.unwritable");
      const nobody = await cli("performance-report", "--swarm-id", "nobody", "--json");
      expect(cliError.parse(JSON.parse(nobody.stdout)).error.code).toBe("swarm.unknown");
    },
  );
});
