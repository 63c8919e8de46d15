import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CliFailure } from "../../src/cli/failure.ts";
import { sparkline } from "../../src/cli/sparkline.ts";
import { timeOf } from "../../src/cli/times.ts";
import { cliError, exitCode, HISTORY_METRICS, historyOutput } from "../../src/engine/protocol/cli.ts";
import { keySeries } from "../../src/engine/keySeries.ts";
import { tickSample } from "../../src/engine/tickSample.ts";
import { runFake } from "./fakeWorld.ts";
import { NOW_MS, overviewSample, rangeSample } from "./samples.ts";

const answer = (range: ReturnType<typeof rangeSample> | null) => ({
  "history/range": ({ fromMs, toMs }: { fromMs: number; toMs: number }) => ({
    fromMs,
    toMs,
    series: range === null ? [] : [range],
  }),
});

describe("history", () => {
  test("asks for one series over the last hour, and prints its buckets", async () => {
    const run = await runFake(["history", "--swarm-id", "demo", "--metric", "demand", "--json"], {
      answers: answer(rangeSample([1, null, 3])),
    });
    expect(run.exit).toBe(exitCode.ok);
    expect(run.calls).toEqual([
      {
        method: "history/range",
        params: {
          series: [{ scope: "swarm", key: "demo", metric: "demand" }],
          fromMs: NOW_MS - 3_600_000,
          toMs: NOW_MS,
          points: 60,
        },
      },
    ]);
    const output = historyOutput.parse(run.json());
    expect(run.json()).toEqual(output);
    expect(output).toMatchObject({ scope: "swarm", key: "demo", source: "measured", resolution: "sample" });
    expect(output.points).toEqual([
      { t: new Date(NOW_MS - 180_000).toISOString(), mean: 1, min: 0, max: 2 },
      { t: new Date(NOW_MS - 120_000).toISOString(), mean: null, min: null, max: null },
      { t: new Date(NOW_MS - 60_000).toISOString(), mean: 3, min: 2, max: 4 },
    ]);
  });

  test("is of the machine when nothing is named, and of an agent when one is", async () => {
    const machine = await runFake(["history", "--metric", "cpuBusyRatio"], { answers: answer(rangeSample([0.5])) });
    expect(machine.calls[0]?.params).toMatchObject({ series: [{ scope: "machine", key: "", metric: "cpuBusyRatio" }] });
    const agent = await runFake(["history", "--agent-id", "7-1", "--metric", "rssBytes"], {
      answers: answer(rangeSample([5])),
    });
    expect(agent.calls[0]?.params).toMatchObject({ series: [{ scope: "agent", key: "7-1" }] });
  });

  test.each([
    ["no series", null],
    ["nothing but gaps", rangeSample([null, null])],
  ])("with %s ends with 3 and says so", async (_name, range) => {
    const args = ["history", "--swarm-id", "demo", "--metric", "demand"];
    const json = await runFake([...args, "--json"], { answers: answer(range) });
    expect(json.exit).toBe(exitCode.notReady);
    historyOutput.parse(json.json());
    const text = await runFake(args, { answers: answer(range) });
    expect(text.exit).toBe(exitCode.notReady);
    expect(text.stdout).toContain("nothing was measured");
  });

  test.each([
    [["--metric", "demnd", "--swarm-id", "a"], "metric.unknown", "'demand'"],
    [["--metric", "demand"], "metric.unknown", "Known: cpuBusyRatio"],
    [["--metric", "demand", "--swarm-id", "a", "--agent-id", "b"], "flags.conflict", "not both"],
    [["--metric", "demand", "--swarm-id", "a", "--from", "5"], "flag.invalid", "add a unit"],
    [["--metric", "demand", "--swarm-id", "a", "--from", "tomorrow"], "flag.invalid", "how long ago"],
    [["--metric", "demand", "--swarm-id", "a", "--from", "1h", "--to", "2h"], "history.order", "earlier --from"],
    [["--metric", "demand", "--swarm-id", "a", "--points", "0"], "flag.invalid", "at least 1 point"],
    [["--swarm-id", "a"], "flag.missing", "--metric"],
  ])("%j is refused before an engine is asked", async (args, code, words) => {
    const run = await runFake(["history", ...args, "--json"]);
    expect(run).toMatchObject({ exit: exitCode.usage, connects: [] });
    const { error } = cliError.parse(run.json());
    expect(error.code).toBe(code);
    expect(error.message).toContain(words);
  });

  test("knows the metrics that are kept, and no other", () => {
    const kept = { machine: new Set<string>(), swarm: new Set<string>(), agent: new Set<string>() };
    const overview = overviewSample();
    const parts = {
      work: { counts: () => ({ done: 0, failed: 0, faultDone: 0, faultFailed: 0 }), startable: () => null },
      forecasts: { latest: () => null },
      footprints: { taskSeconds: () => null },
    };
    const fileSystems = [{ mount: "/", type: "ext4", sizeBytes: 2, usedBytes: 1 }];
    const facts = { ...overview.facts, fileSystems } as NonNullable<typeof overview.facts>;
    const support = [{ pid: 9, startTime: 1, name: "stand-in", cpuCores: 0, rssBytes: 1 }];
    const swarms = overview.swarms.map((row) => (row.kind === "managed" ? { ...row, support } : row));
    const more = keySeries(parts, { ...overview, facts, swarms });
    for (const { scope, metric } of [...tickSample(overview).values, ...more]) {
      if (scope === "lane") throw new Error("lanes are not asked for by this verb");
      kept[scope].add(metric);
    }
    for (const scope of ["machine", "swarm", "agent"] as const)
      expect(new Set(HISTORY_METRICS[scope]), scope).toEqual(kept[scope]);
  });
});

describe("a time", () => {
  test.each([
    ["now", NOW_MS],
    ["90s", NOW_MS - 90_000],
    ["15m", NOW_MS - 900_000],
    ["1.5h", NOW_MS - 5_400_000],
    ["7d", NOW_MS - 7 * 86_400_000],
    ["1700000000000", 1_700_000_000_000],
    ["2023-11-14T22:13:20Z", 1_700_000_000_000],
    ["2023-11-14T23:13:20+01:00", 1_700_000_000_000],
  ])("%s is understood", (typed, ms) => expect(timeOf("from", typed, NOW_MS)).toBe(ms));

  test.each(["", "1", "-1h", "may", "2023-99-99", "99999999999999999999", "1 hour", "1e9s", "99999999d"])(
    "%j is refused with the flag and the value",
    (typed) => {
      expect(() => timeOf("from", typed, NOW_MS)).toThrow(CliFailure);
    },
  );

  test("is a whole number of milliseconds from 1970 on, or refused", () => {
    const typed = fc.oneof(
      fc.string(),
      fc.tuple(fc.double({ min: 0, max: 1e6 }), fc.constantFrom("s", "m", "h", "d")).map(([n, unit]) => `${n}${unit}`),
      fc.date().map((date) => (Number.isNaN(date.getTime()) ? "" : date.toISOString())),
    );
    fc.assert(
      fc.property(typed, (text) => {
        let ms: number;
        try {
          ms = timeOf("from", text, NOW_MS);
        } catch (error) {
          expect(error).toBeInstanceOf(CliFailure);
          return;
        }
        expect(Number.isSafeInteger(ms) && ms >= 0).toBe(true);
      }),
    );
  });
});

describe("a sparkline", () => {
  const line = (values: readonly (number | null)[], cells = values.length) =>
    sparkline(
      values.map((mean) => ({ mean })),
      cells,
    );

  test("goes from the least to the greatest and leaves a blank where nothing was measured", () => {
    expect(line([0, 1, 2, 3, 4, 5, 6, 7])).toBe("▁▂▃▄▅▆▇█");
    expect(line([0, null, 7])).toBe("▁ █");
    expect(line([5, 5, 5])).toBe("▄▄▄");
    expect(line([null, null])).toBe("  ");
    expect(line([], 5)).toBe("");
    expect(() => line([1], 0)).toThrow(RangeError);
  });

  test("keeps a peak when it is narrowed, and has the cells asked for", () => {
    const value = fc.option(fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e9, max: 1e9 }));
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 1, maxLength: 300 }),
        fc.integer({ min: 1, max: 80 }),
        (values, cells) => {
          const text = line(values, cells);
          expect(text).toMatch(/^[ ▁▂▃▄▅▆▇█]*$/);
          expect(text).toHaveLength(Math.min(cells, values.length));
          const measured = values.filter((each) => each !== null);
          expect(text.trim() === "").toBe(measured.length === 0);
          const greatest = Math.max(...measured);
          const at = values.indexOf(greatest);
          const cell = Array.from(text).findIndex(
            (_, each) => at < Math.floor(((each + 1) * values.length) / text.length),
          );
          // The greatest value's cell is a highest bar: none beside it is higher.
          if (measured.length > 0) expect(text[cell]).toBe([...text].toSorted().at(-1));
        },
      ),
    );
  });
});
