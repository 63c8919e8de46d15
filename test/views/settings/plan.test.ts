import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { configFile, type ConfigFile, configPatch } from "../../../src/engine/protocol/config.ts";
import { describeValue, EDITOR_SOURCE, planAfterChange, planAtConnect } from "../../../src/views/settings/plan.ts";
import { settingSchemas } from "../../../src/views/settings/schemas.ts";

const schemas = settingSchemas(
  JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as unknown,
);

const bees = { id: "bees", command: "node", args: ["bee.js"], maxAgents: 4 };

function file(over: { values?: unknown; sources?: ConfigFile["sources"] } = {}): ConfigFile {
  return configFile.parse({ version: 1, revision: 3, ...over });
}

describe("settings at the first connect", () => {
  it("fill in what nobody has set", () => {
    expect(planAtConnect(file(), { swarms: [bees] }, schemas)).toEqual({
      patches: [{ key: "swarms", value: [bees] }],
      conflicts: [],
    });
  });

  it("change nothing where they agree, defaults and order of fields aside", () => {
    const values = { swarms: [{ command: "node", id: "bees", args: ["bee.js"], maxAgents: 4 }] };
    const plan = planAtConnect(file({ values, sources: { swarms: "command line" } }), { swarms: [bees] }, schemas);
    expect(plan).toEqual({ patches: [], conflicts: [] });
  });

  it("are a conflict where another source has set something else", () => {
    const values = { swarms: [{ ...bees, maxAgents: 9 }] };
    const { patches, conflicts } = planAtConnect(
      file({ values, sources: { swarms: "command line" } }),
      { swarms: [bees] },
      schemas,
    );
    expect(patches).toEqual([]);
    expect(conflicts).toMatchObject([{ key: "swarms", engineSource: "command line", editorValue: [bees] }]);
  });

  it("see a difference in a field the user left at its default", () => {
    const values = { swarms: [{ ...bees, mode: "auto" }] };
    const plan = planAtConnect(file({ values, sources: { swarms: "file" } }), { swarms: [bees] }, schemas);
    expect(plan.conflicts).toHaveLength(1);
  });

  it("leave alone what the user has not set", () => {
    const values = { keepRunning: true };
    expect(planAtConnect(file({ values, sources: { keepRunning: "file" } }), {}, schemas)).toEqual({
      patches: [],
      conflicts: [],
    });
  });
});

describe("settings after a change", () => {
  it("patch the keys that changed, whoever set them before", () => {
    const before = file({ values: { keepRunning: false }, sources: { keepRunning: "command line" } });
    expect(planAfterChange(before, { keepRunning: true, swarms: [bees] }, schemas, ["keepRunning"])).toEqual([
      { key: "keepRunning", value: true },
    ]);
  });

  it("go back to the default when a setting is taken out", () => {
    const before = file({ values: { swarms: [bees] }, sources: { swarms: "editor settings" } });
    const patches = planAfterChange(before, {}, schemas, ["swarms"]);
    expect(patches).toEqual([{ key: "swarms", value: [] }]);
    for (const { key, value } of patches) expect(configPatch.safeParse({ [key]: value }).success).toBe(true);
  });

  it("leave the checking to the engine, which names what is wrong", () => {
    expect(planAfterChange(file(), { swarms: [{ id: "X Y" }] }, schemas, ["swarms"])).toEqual([
      { key: "swarms", value: [{ id: "X Y" }] },
    ]);
  });
});

describe("the settings of forecasts", () => {
  it("are a field of the engine's key and a key of its own, and go back to their defaults when taken out", () => {
    const before = file({
      values: { forecast: { minAccuracy: 80 }, tfjsNodePath: "/opt/tfjs-node" },
      sources: { forecast: EDITOR_SOURCE, tfjsNodePath: EDITOR_SOURCE },
    });
    const keys = ["forecast", "tfjsNodePath"] as const;
    const asked = { forecast: { minAccuracy: 90 }, tfjsNodePath: "/srv/tfjs-node" };
    expect(planAfterChange(before, asked, schemas, keys)).toEqual([
      { key: "forecast", value: { minAccuracy: 90 } },
      { key: "tfjsNodePath", value: "/srv/tfjs-node" },
    ]);
    const back = planAfterChange(before, {}, schemas, keys);
    expect(back.map(({ key }) => key)).toEqual([...keys]);
    const values = configPatch.parse(Object.fromEntries(back.map(({ key, value }) => [key, value])));
    const { forecast, tfjsNodePath } = configFile.parse({ version: 1, revision: 4, values }).values;
    expect({ forecast, tfjsNodePath }).toEqual({ forecast: { minAccuracy: null }, tfjsNodePath: "" });
  });

  it("at their defaults are no conflict with an engine that was set to the same", () => {
    const values = { forecast: { minAccuracy: null } };
    const engine = file({ values, sources: { forecast: "command line" } });
    expect(planAtConnect(engine, { forecast: {} }, schemas)).toEqual({ patches: [], conflicts: [] });
  });

  it.each([{ minAccuracy: 101 }, { minAccuracy: -1 }, { minAccuracy: "90" }, { leastAccuracy: 5 }])(
    "%o is refused by the engine",
    (forecast) => expect(configPatch.safeParse({ forecast }).success).toBe(false),
  );
});

describe("the setting of the doors", () => {
  const asked = { http: { enabled: true }, otlp: { endpoint: "http://127.0.0.1:4318/v1/metrics" } };

  it("names only what is opened; the engine's value with every default is the same", () => {
    expect(planAtConnect(file(), { doors: asked }, schemas)).toEqual({
      patches: [{ key: "doors", value: asked }],
      conflicts: [],
    });
    const engine = file({ values: { doors: asked }, sources: { doors: "command line" } });
    expect(planAtConnect(engine, { doors: asked }, schemas)).toEqual({ patches: [], conflicts: [] });
  });

  it("shuts them when it is taken out", () => {
    const before = file({ values: { doors: asked }, sources: { doors: EDITOR_SOURCE } });
    const [patch] = planAfterChange(before, {}, schemas, ["doors"]);
    expect(configPatch.parse({ doors: patch?.value }).doors).toEqual(file().values.doors);
    expect(file().values.doors).toMatchObject({ http: { enabled: false }, otlp: { endpoint: "" } });
  });

  it.each([
    { http: { port: 80 } },
    { http: { port: 9464.5 } },
    { http: { host: "0.0.0.0" } },
    { http: { tokenFile: "relative/token" } },
    { http: { token: "in-the-open" } },
    { otlp: { endpoint: "http://collector.example/" } },
    { otlp: { headers: { key: "in-the-open" } } },
    { otlp: { intervalSeconds: 1 } },
    { grpc: {} },
  ])("%o is refused by the engine", (doors) => expect(configPatch.safeParse({ doors }).success).toBe(false));
});

describe("a value shown to the operator", () => {
  it("does not tell what environment variables hold", () => {
    const text = describeValue([{ ...bees, env: { API_KEY: "canary-secret" } }]);
    expect(text).toContain("API_KEY");
    expect(text).not.toContain("canary-secret");
  });

  it("is cut to its length", () => expect(describeValue("x".repeat(5_000), 100)).toHaveLength(100));
});
