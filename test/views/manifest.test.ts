import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import * as z from "zod";
import { configValues, historyPolicy, localSwarm } from "../../src/engine/protocol/config.ts";
import { faultTolerancePolicy } from "../../src/engine/protocol/faultTolerance.ts";
import { agentRule } from "../../src/engine/protocol/rules.ts";
import {
  commandIds,
  containerId,
  contextKeys,
  internalCommandIds,
  panelTypes,
  rowContexts,
  settingNames,
  viewIds,
} from "../../src/views/ids.ts";

interface Property {
  readonly properties?: Record<string, object>;
  readonly scope?: string;
  readonly default?: unknown;
  readonly description?: string;
  readonly markdownDescription?: string;
  readonly items?: {
    readonly required: readonly string[];
    readonly properties: Record<string, Record<string, unknown>>;
  };
}

const manifest = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  activationEvents: string[];
  icon: string;
  capabilities: { untrustedWorkspaces: { supported: string; restrictedConfigurations: string[] } };
  contributes: {
    commands: { command: string; title: string; category: string; enablement?: string }[];
    views: Record<string, { id: string }[]>;
    viewsContainers: { activitybar: { id: string }[] };
    viewsWelcome: { view: string; contents: string; when: string }[];
    menus: Record<string, { command: string; when: string }[]>;
    configuration: { properties: Record<string, Property> };
  };
};
const { commands, views, viewsContainers, viewsWelcome, menus, configuration } = manifest.contributes;

describe("the manifest", () => {
  it("declares exactly the commands the code registers", () => {
    expect(commands.map(({ command }) => command).toSorted()).toEqual(Object.values(commandIds).toSorted());
    expect(new Set(commands.map(({ category }) => category))).toEqual(new Set(["Swarm"]));
  });

  it("declares exactly the views and the container the code uses", () => {
    expect(viewsContainers.activitybar.map(({ id }) => id)).toEqual([containerId]);
    expect(Object.keys(views)).toEqual([containerId]);
    expect(views[containerId]?.map(({ id }) => id)).toEqual(Object.values(viewIds));
  });

  it("declares exactly the settings the code reads", () => {
    expect(Object.keys(configuration.properties).toSorted()).toEqual(
      Object.values(settingNames)
        .map((name) => `swarm.${name}`)
        .toSorted(),
    );
  });

  it("brings every page back after a reload", () => {
    for (const type of Object.values(panelTypes)) expect(manifest.activationEvents).toContain(`onWebviewPanel:${type}`);
  });

  it("links only commands and rows that exist in menus and welcome content", () => {
    const known = new Set<string>([...Object.values(commandIds), ...Object.values(internalCommandIds)]);
    const contexts = new Set<string>(Object.values(rowContexts));
    for (const { command, when } of Object.values(menus).flat()) {
      expect(known).toContain(command);
      for (const [, context = ""] of when.matchAll(/viewItem == (\S+)/g)) expect(contexts).toContain(context);
      for (const [, pattern = ""] of when.matchAll(/viewItem =~ \/(\S+)\//g))
        expect([...contexts].filter((context) => new RegExp(pattern).test(context)).length, pattern).toBeGreaterThan(1);
      for (const [, view = ""] of when.matchAll(/view == (\S+)/g)) expect(Object.values(viewIds)).toContain(view);
    }
    for (const { contents, when, view } of viewsWelcome) {
      expect(Object.values(viewIds)).toContain(view);
      for (const [, command = ""] of contents.matchAll(/\(command:(swarm\.[\w.]+)/g)) expect(known).toContain(command);
      if (!when.includes("!isWorkspaceTrusted")) expect(when).toContain(contextKeys.engine);
    }
    const keys = new Set<string>(Object.values(contextKeys));
    for (const { enablement } of commands) if (enablement !== undefined) expect(keys).toContain(enablement);
    expect(commands.find(({ command }) => command === commandIds.undoLast)?.enablement).toBe(contextKeys.canUndo);
  });

  it("offers Hold on what is not held and Resume on what is, on every managed row exactly one of them", () => {
    const offered = (command: string, context: string): boolean =>
      (menus["view/item/context"] ?? []).some(
        (item) =>
          item.command === command && new RegExp(/viewItem =~ \/(\S+)\//.exec(item.when)?.[1] ?? "^$").test(context),
      );
    for (const context of Object.values(rowContexts)) {
      const managed = context.startsWith("managed.");
      expect(offered(commandIds.hold, context), context).toBe(managed && !context.endsWith(".held"));
      expect(offered(commandIds.resume, context), context).toBe(managed && context.endsWith(".held"));
    }
  });

  it("offers on a swarm of an orchestrator what works on it, and nothing else", () => {
    const offered = (context: string): string[] => [
      ...new Set(
        (menus["view/item/context"] ?? [])
          .filter(({ when }) => when.startsWith("view == swarm.agents"))
          .filter(({ when }) => {
            const [, is] = /viewItem == (\S+)/.exec(when) ?? [];
            return is === undefined
              ? new RegExp(/viewItem =~ \/(\S+)\//.exec(when)?.[1] ?? "^$").test(context)
              : is === context;
          })
          .map(({ command }) => command),
      ),
    ];
    expect(offered(rowContexts.orchestrated).toSorted()).toEqual(
      [
        commandIds.scaleSwarm,
        commandIds.predictSize,
        commandIds.allocateResources,
        commandIds.collectMetrics,
        commandIds.performanceReport,
        commandIds.analyzeBottlenecks,
        commandIds.profilePerformance,
      ].toSorted(),
    );
    expect(offered(rowContexts.orchestratedNoToken)).toEqual([commandIds.setOrchestratorToken]);
    // A record that a process names can be profiled as that process; one that none names is a record.
    expect(offered(rowContexts.orchestratorRecordSeen)).toEqual([commandIds.profilePerformance]);
    expect(offered(rowContexts.orchestratorRecord)).toEqual([]);
  });

  it.each(Object.values(viewIds))(
    "has welcome content of %s for every state of the session, in trusted windows and in others",
    (id) => {
      const own = viewsWelcome.filter(({ view }) => view === id);
      for (const state of ["idle", "connecting", "waiting", "failed", "connected"]) {
        expect(own.filter(({ when }) => when.includes(`== ${state}`))).toHaveLength(1);
      }
      expect(own.filter(({ when }) => when.startsWith("!isWorkspaceTrusted"))).toHaveLength(1);
    },
  );

  it("offers acting commands on rows in trusted windows only", () => {
    const looking = new Set<string>([
      commandIds.openForecast,
      commandIds.forecastResources,
      commandIds.comparePolicies,
      commandIds.planCapacity,
      commandIds.performanceReport,
      commandIds.blameFlame,
      commandIds.optimizeAllocation,
      commandIds.explainDecision,
      commandIds.collectMetrics,
      commandIds.analyzeBottlenecks,
      commandIds.openTaskOutput,
    ]);
    for (const { command, when } of menus["view/item/context"] ?? [])
      expect(when.includes("isWorkspaceTrusted"), command).toBe(!looking.has(command));
  });

  it("lets no workspace set what runs on the machine", () => {
    for (const [key, { scope }] of Object.entries(configuration.properties)) {
      expect(scope, key).toBe("machine");
      expect(manifest.capabilities.untrustedWorkspaces.restrictedConfigurations).toContain(key);
    }
  });

  it("describes every setting and every field of it", () => {
    for (const [key, property] of Object.entries(configuration.properties)) {
      expect(property.markdownDescription ?? property.description, key).toBeTruthy();
      for (const [field, schema] of Object.entries(property.items?.properties ?? {})) {
        expect(schema["markdownDescription"], `${key}.${field}`).toBeTruthy();
      }
    }
  });

  it.each([
    ["swarm.swarms", localSwarm],
    ["swarm.recognitionRules", agentRule],
  ] as const)("mirrors the engine's schema of %s: fields, bounds and defaults", (key, schema) => {
    const items = configuration.properties[key]?.items;
    const engine = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" }) as {
      required: string[];
      properties: Record<string, Record<string, unknown>>;
    };
    expect(items?.required.toSorted()).toEqual(engine.required.toSorted());
    expect(Object.keys(items?.properties ?? {}).toSorted()).toEqual(Object.keys(engine.properties).toSorted());
    for (const [field, theirs] of Object.entries(engine.properties)) {
      const ours = items?.properties[field] ?? {};
      for (const bound of ["type", "default", "minimum", "maximum", "minLength", "maxLength", "maxItems", "enum"]) {
        // The engine's ids have a pattern, which bounds their length.
        if (theirs[bound] !== undefined) expect(ours[bound], `${key}.${field}.${bound}`).toEqual(theirs[bound]);
      }
      for (const [name, nested] of Object.entries((theirs["properties"] ?? {}) as Record<string, object>))
        expect((ours["properties"] as Record<string, object>)[name], `${key}.${field}.${name}`).toMatchObject(nested);
    }
  });

  it("has the engine's defaults", () => {
    const defaults = configValues.parse({});
    expect(configuration.properties["swarm.swarms"]?.default).toEqual(defaults.swarms);
    expect(configuration.properties["swarm.recognitionRules"]?.default).toEqual(defaults.recognitionRules);
    expect(configuration.properties["swarm.history"]?.default).toEqual(defaults.history);
    expect(configuration.properties["swarm.history"]?.properties).toMatchObject(
      (z.toJSONSchema(historyPolicy, { io: "input" }) as unknown as { properties: object }).properties,
    );
    expect(configuration.properties["swarm.faultTolerance"]?.default).toEqual(defaults.faultTolerance);
    expect(configuration.properties["swarm.faultTolerance"]?.properties).toMatchObject(
      withoutEmpty(z.toJSONSchema(faultTolerancePolicy, { io: "input" })["properties"]) as object,
    );
    expect(configuration.properties["swarm.keepRunning"]?.default).toBe(defaults.keepRunning);
  });
});

/** The generator writes an empty `required` where nothing is; a manifest leaves it out. */
function withoutEmpty(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutEmpty);
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([key, value]) => !(key === "required" && Array.isArray(value) && value.length === 0))
      .map(([key, value]) => [key, withoutEmpty(value)]),
  );
}
