import { describe, expect, it } from "vitest";
import type { Diagnostics } from "../../../src/engine/protocol/rpc.ts";
import { diagnosticsText, type EditorFacts } from "../../../src/views/commands/diagnosticsText.ts";
import { info } from "../fakeSession.ts";
import { engine, host, hostileStrings, NOW_MS } from "../overviews.ts";

const facts: EditorFacts = {
  editor: "Visual Studio Code",
  editorVersion: "1.105.0",
  extensionVersion: "0.1.0",
  remote: null,
  host: "desktop",
  uiKind: "desktop",
  trusted: true,
  node: "24.1.0",
  platform: "linux",
  arch: "x64",
  settings: { autoStart: true, keepRunning: false, nodePath: true, swarms: 2, recognitionRules: 0 },
};

const diagnostics: Diagnostics = {
  wallMs: NOW_MS,
  engine,
  runtime: { node: "24.1.0", platform: "linux", arch: "x64", sqlite: "3.50.0", uptimeSeconds: 60 },
  host: host(),
  facts: null,
  swarms: [],
  store: {
    schemaVersion: 2,
    bytes: 1,
    maxBytes: 2,
    series: 3,
    maxSeries: 512,
    oldestSampleMs: null,
    newestSampleMs: null,
    check: "ok",
    problem: null,
    droppedTicks: 0,
  },
  doors: {
    http: { state: "off", port: null, sinceMs: null, answered: null, refused: null, problem: null },
    otlp: {
      state: "off",
      intervalMs: null,
      taken: null,
      failed: null,
      breaker: null,
      lastPushMs: null,
      problem: null,
    },
  },
  log: [],
};

const connected = { kind: "connected", info } as const;

describe("the diagnostics bundle", () => {
  it("is the engine's word and the editor's, as JSON that says the same when it is read", () => {
    const bundle = JSON.parse(diagnosticsText(facts, connected, { kind: "answer", diagnostics })) as object;
    expect(bundle).toEqual({
      editor: facts,
      connection: { state: "connected", reason: null, role: "operator", protocol: 1 },
      engine: JSON.parse(JSON.stringify(diagnostics)) as unknown,
      engineMissingBecause: null,
    });
  });

  it("is collected without an engine too, and says why without quoting what may be secret", () => {
    const reason = { code: "engine.failed", args: { detail: "token CANARY", log: "/home/me/CANARY" } };
    const text = diagnosticsText(facts, { kind: "failed", reason }, { kind: "none", reason });
    expect(JSON.parse(text)).toMatchObject({
      connection: { state: "failed", reason: "engine.failed" },
      engine: null,
      engineMissingBecause: "engine.failed",
    });
    expect(text).not.toContain("CANARY");
  });

  it.each(hostileStrings.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
    "has nothing in it that an editor or a terminal would act on: %s",
    (_, text) => {
      const log = [{ wallMs: 1, level: "info" as const, code: text, args: { value: text } }];
      const json = diagnosticsText(facts, connected, { kind: "answer", diagnostics: { ...diagnostics, log } });
      expect(json.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Co}\p{Cs}]/u);
      expect((JSON.parse(json) as { engine: Diagnostics }).engine.log[0]?.code).toBe(
        JSON.parse(JSON.stringify(text)) as string,
      );
    },
  );
});
