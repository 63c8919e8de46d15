import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesText, countText, durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { printable, printableJson } from "../../src/text/printable.ts";
import { moreReasons } from "../../src/text/moreReasons.ts";
import { hasReasonText, reasonText } from "../../src/text/reasons.ts";
import { connectionReasons } from "../../src/text/reasons/connection.ts";

const groups = [connectionReasons, ...moreReasons];
const codes = groups.flatMap((group) => Object.keys(group));

describe("a reason in words", () => {
  test("names the thing, the value and the remedy", () => {
    expect(reasonText({ code: "swarm.unknown", args: { swarmId: "tests", known: "demo, docs" } })).toBe(
      "There is no swarm 'tests'. Known: demo, docs.",
    );
    expect(reasonText({ code: "scale.memory", args: { neededBytes: 2.5e9, leftBytes: 8e8, fits: 3 } })).toBe(
      "The new agents are expected to need 2.5 GB, and 800 MB are left: 3 would fit. Ask for fewer, or free memory first.",
    );
    expect(
      reasonText({
        code: "worker.crashLoop",
        args: { command: "node", exitCode: null, signal: "SIGSEGV", stderr: "oops", retryInMs: 8000 },
      }),
    ).toBe("'node' ends right after its start (signal SIGSEGV); its last words: oops. Next try in 8 s.");
  });

  test("says what to do where a server, a breaker or an engine is not there", () => {
    const of = (code: string, args: Record<string, string | number | null> = {}) => reasonText({ code, args });
    expect(of("engine.notRunning")).toBe(
      "No engine runs on this machine. A command without '--no-start' starts one, and so does the editor.",
    );
    expect(of("mcp.ended", { exitCode: 1, signal: null, stderr: "no module" })).toBe(
      "The server's process ended (exit code 1); its last words: no module. It is started again by itself; 'status' says when. Should it go on ending, check 'command' and 'args' in the configuration.",
    );
    expect(of("mcp.closed")).toBe(
      "The connection to the server is closed. It is made again by itself; 'status' says when.",
    );
    expect(of("mcp.notReading", { bytes: 5e6 })).toMatch(/5(?:\.0)? MB wait for it\. .*end its process/);
    expect(of("mcp.tooManyTools", { tools: 2_001 })).toMatch(/Check 'command' and 'args', or 'url'/);
    // By the agents' door nobody is told how it is called.
    expect(of("mcp.notStarted", { reason: "ENOENT" })).toMatch(/^The server could not be started: ENOENT\. Check/);
    const breaker = (state: string, retryAfterMs: number | null) =>
      of("breaker.open", { breaker: "orchestrator:flow", state, retryAfterMs });
    expect(breaker("open", 8_000)).toBe(
      "The breaker orchestrator:flow is open, because calls failed or were too slow; it tries again in 8 s. Ask again after that.",
    );
    expect(breaker("halfOpen", null)).toBe(
      "The breaker orchestrator:flow is half-open: it tries a few calls before it closes. Ask again in a moment.",
    );
    expect(breaker("forcedOpen", null)).toBe(
      "The breaker orchestrator:flow is held open by an operator. Reset it, or wait until it is.",
    );
    expect(of("breaker.probeDeadline", { breaker: "b" })).toBe(
      "The call did not end in time while b was half-open, so b is open again. Ask again when it has tried once more.",
    );
    expect(of("lease.holderUnseen")).toMatch(/^Who asks is no process/);
  });

  test("an unusual load is told in the metric's own unit, also of a metric that is not known here", () => {
    const told = (metric: string, value: number, usualLow: number, usualHigh: number) =>
      reasonText({ code: "event.anomaly", args: { metric, value, usualLow, usualHigh, score: 0.9 } });
    expect(told("demand", 14, 3, 6)).toBe("Its load is unusual: demand 14, usually 3 to 6.");
    expect(told("cpuCoresPerAgent", 0.9, 0.1, 0.2)).toBe(
      "Its load is unusual: CPU of an agent 90%, usually 10% to 20%.",
    );
    expect(told("constructor", 1, 2, 3)).toBe("Its load is unusual: constructor 1, usually 2 to 3.");
  });

  test("a code without words of its own shows itself and its arguments", () => {
    expect(reasonText({ code: "new.thing", args: { size: 3, name: null } })).toBe("new.thing: size 3, name unknown");
    expect(reasonText({ code: "new.thing", args: {} })).toBe("new.thing");
    for (const code of ["__proto__", "constructor", "toString"]) {
      expect(reasonText({ code, args: {} })).toBe(code);
    }
  });

  test("puts the reason that an ending engine left on stderr into words as well", () => {
    const inner = { code: "store.newer", args: { path: "/s/swarm.db", version: 9, known: 2 }, stack: "at x" };
    const text = reasonText({
      code: "engine.failed",
      args: { detail: `a warning\n${JSON.stringify(inner)}\n`, log: "/l" },
    });
    expect(text).toContain(
      "The engine ended right after its start: The store '/s/swarm.db' was written by a newer version",
    );
    expect(text).not.toContain("{");
    for (const detail of ["plain words", "{", '{"code":1}', '{"code":"x","args":null}', "{}"]) {
      expect(reasonText({ code: "engine.failed", args: { detail } })).toContain(detail);
    }
  });

  test("is written once for each code", () => {
    expect(codes.length).toBe(new Set(codes).size);
  });

  test.each(codes)("%s never shows undefined, null, NaN or an object, whatever arguments are missing", (code) => {
    expect(hasReasonText(code)).toBe(true);
    for (const value of [undefined, null, "x", 7, true]) {
      const args: Record<string, string | number | boolean | null> = {};
      if (value !== undefined) {
        for (const key of ["reason", "detail", "path", "pid", "swarmId", "seconds", "bytes", "target", "byMs"])
          args[key] = value;
      }
      const text = reasonText({ code, args });
      expect(text).not.toMatch(/undefined|null|NaN|\[object/);
      expect(text.trim()).toBe(text);
      expect(text.length).toBeGreaterThan(4);
    }
  });

  test("brings no control character and no endless text, whatever the arguments are", () => {
    const value = fc.oneof(fc.string({ unit: "binary" }), fc.double(), fc.boolean(), fc.constant(null));
    fc.assert(
      fc.property(
        fc.constantFrom(...codes, "unheard.of"),
        fc.dictionary(fc.string({ unit: "binary" }), value),
        (code, args) => {
          expect(reasonText({ code, args })).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
        },
      ),
    );
    expect(reasonText({ code: "worker.garbage", args: { line: "x".repeat(100_000) } }).length).toBeLessThan(1000);
  });
});

/** What runs in a window or a terminal before any engine is there. */
const CLIENT = /^(?:client\/|common\/(?:paths|loginEnvironment)\.ts$)/;

test("what a client tells by itself has words that are there from the start", () => {
  const root = join(import.meta.dirname, "../../src/engine");
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  const told = names
    .filter((name) => name.endsWith(".ts") && CLIENT.test(name))
    .flatMap((name) => codesOf(readFileSync(join(root, name), "utf8")));
  expect(told.length).toBeGreaterThan(20);
  expect(told.filter((code) => !(code in connectionReasons))).toEqual([]);
});

/** Codes that reach no operator: the engine's log has them, and shows code and arguments. */
const LOG_ONLY = /^(task|log)\./;

test("every code that the engine refuses or reports with has words", () => {
  const root = join(import.meta.dirname, "../../src");
  const wordless = new Set<string>();
  for (const name of readdirSync(root, { recursive: true, encoding: "utf8" })) {
    if (!/^(?:engine|profiler)[/\\].*\.ts$/.test(name)) continue;
    const source = readFileSync(join(root, name), "utf8");
    for (const code of codesOf(source)) {
      if (!LOG_ONLY.test(code) && !hasReasonText(code)) wordless.add(`${code} (${name})`);
    }
  }
  expect([...wordless]).toEqual([]);
});

/** Codes that a source throws or makes itself. */
function codesOf(source: string): readonly string[] {
  const thrown = source.matchAll(/(?:new CodedError\(\s*|\bcode: )"([a-z][A-Za-z]*\.[A-Za-z-]+)"/g);
  return Array.from(thrown, ([, code]) => code ?? "");
}

describe("printable text", () => {
  test("has no control, bidi or zero-width characters and no broken pairs", () => {
    expect(printable("a\u001b[31mb\u202ec\u200bd\ne\ud800")).toBe("a[31mbcd e");
    expect(printable("日本 é 🎉")).toBe("日本 é 🎉");
  });

  test("as JSON is the same value", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string({ unit: "binary" }), (value, text) => {
        const json = printableJson({ value, text }, 2);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify({ value, text })));
        expect(json.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u);
      }),
    );
  });
});

describe("figures", () => {
  test.each([
    [0, "0 B"],
    [999, "999 B"],
    [1000, "1.0 kB"],
    [1_100_000_000, "1.1 GB"],
    [84_000_000, "84 MB"],
    [999_600, "1.0 MB"],
    [9_960, "10 kB"],
    [null, "unknown"],
    [Number.NaN, "unknown"],
  ])("%s bytes are %s", (bytes, text) => expect(bytesText(bytes)).toBe(text));

  test.each([
    [0, "0%"],
    [0.0001, "0%"],
    [0.006, "0.6%"],
    [0.0096, "1%"],
    [0.414, "41%"],
    [1.62, "162%"],
    [null, "unknown"],
  ])("the ratio %s is %s", (ratio, text) => expect(ratioText(ratio)).toBe(text));

  test.each([
    [0, "0 ms"],
    [850, "850 ms"],
    [999.9, "1 s"],
    [1234, "1.2 s"],
    [42_000, "42 s"],
    [119_000, "119 s"],
    [240_000, "4 min"],
    [7_500_000, "2 h 5 min"],
    [7_200_000, "2 h"],
    [272_000_000, "3 d 3 h"],
    [172_800_000, "2 d"],
    [-1500, "-1.5 s"],
    [null, "unknown"],
  ])("%s ms are %s", (ms, text) => expect(durationText(ms)).toBe(text));

  test("counts agree with their noun, numbers drop needless zeros", () => {
    expect(countText(1, "agent")).toBe("1 agent");
    expect(countText(2, "agent")).toBe("2 agents");
    expect(countText(0, "process", "processes")).toBe("0 processes");
    expect(numberText(1.5)).toBe("1.5");
    expect(numberText(2)).toBe("2");
    expect(numberText(null)).toBe("unknown");
  });
});
