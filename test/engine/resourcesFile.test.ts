import { readFileSync } from "node:fs";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { planOfResources } from "../../src/engine/protocol/resources.ts";

function planned(value: unknown) {
  const read = planOfResources(value);
  if (read.kind === "invalid") throw new Error(JSON.stringify(read.problems));
  return read.plan;
}

function problems(value: unknown): readonly string[] {
  const read = planOfResources(value);
  return read.kind === "plan" ? [] : read.problems.map(({ path, problem }) => `${path}: ${problem}`);
}

describe("a resources file", () => {
  test("is a plan of everything that it names, sizes in bytes", () => {
    const plan = planned({
      swarms: {
        docs: {
          agents: 6,
          cpu: { nice: 5, ioLevel: "idle" },
          memory: { high: "512MB", data: null, addressSpace: "1.5GiB" },
          storage: { workspace: "2GiB" },
        },
        api: { memory: { high: 134_217_728 }, storage: { output: "64 KiB", workspace: null } },
      },
      lanes: { standard: 4, background: 1 },
    });
    expect(plan).toEqual([
      { resource: "agents", swarmId: "docs", agents: 6 },
      { resource: "cpu", swarmId: "docs", nice: 5, ioLevel: "idle" },
      {
        ...{ resource: "memory", swarmId: "docs", highBytes: 512e6 },
        ...{ dataBytes: null, addressSpaceBytes: 1.5 * 2 ** 30 },
      },
      { resource: "storage", swarmId: "docs", workspaceBytes: 2 * 2 ** 30 },
      { resource: "memory", swarmId: "api", highBytes: 134_217_728 },
      { resource: "storage", swarmId: "api", outputBytes: 65_536, workspaceBytes: null },
      { resource: "network", lanes: { standard: 4, background: 1 } },
    ]);
  });

  test.each([
    ["an unknown key", { swarms: { docs: { agent: 6 } } }, /^swarms\.docs: .*agent/],
    ["an unknown key at the top", { swarm: {} }, /^: .*swarm/],
    ["an unknown lane", { lanes: { express: 1 } }, /^lanes: unknown 'express'/],
    [
      "a size that is none",
      { swarms: { docs: { memory: { high: "lots" } } } },
      /^swarms\.docs\.memory\.high: use bytes or a size/,
    ],
    ["a negative number of agents", { swarms: { docs: { agents: -1 } } }, /^swarms\.docs\.agents: use at least 0/],
    ["a nice value beyond all", { swarms: { docs: { cpu: { nice: 99 } } } }, /^swarms\.docs\.cpu\.nice: /],
    [
      "a limit below what can be set",
      { swarms: { docs: { memory: { high: "1MB" } } } },
      /^swarms\.docs\.memory\.high: /,
    ],
    ["a lane without places", { lanes: { standard: 0 } }, /^lanes\.standard: use at least 1/],
    ["a swarm's name that is none", { swarms: { "../x": { agents: 1 } } }, /^swarms\.\.\.\/x/],
    ["CPU with nothing named", { swarms: { docs: { cpu: {} } } }, /name nice, weight or ioLevel/],
    ["storage with nothing named", { swarms: { docs: { storage: {} } } }, /name outputBytes or workspaceBytes/],
    ["nothing", {}, /names nothing to change/],
    ["a list", [], /^: /],
    ["nothing at all", null, /^: /],
  ])("with %s is refused, by the place in the file", (_, value, problem) => {
    expect(problems(value).join("\n")).toMatch(problem);
  });

  test("of the README is a plan of all resources", () => {
    const readme = readFileSync(new URL("../../README.md", import.meta.url), "utf8");
    const [, example = ""] = /## Resources files\n[^#]*?```json\n([^`]+)```/.exec(readme) ?? [];
    expect(new Set(planned(JSON.parse(example)).map(({ resource }) => resource))).toEqual(
      new Set(["agents", "cpu", "memory", "storage", "network"]),
    );
  });

  test("whatever it holds, it is a plan or it is told why not", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (own, lanes) => {
        const read = planOfResources({ swarms: { docs: own }, lanes });
        return read.kind === "plan" || read.problems.length > 0;
      }),
    );
  });
});
