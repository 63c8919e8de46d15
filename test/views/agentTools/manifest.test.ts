import { existsSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as z from "zod";
import { tools } from "../../../src/mcp/tools/all.ts";
import { agentTools, mcpProviderId } from "../../../src/views/ids.ts";

const root = new URL("../../../", import.meta.url);
const { contributes } = JSON.parse(readFileSync(new URL("package.json", root), "utf8")) as {
  contributes: {
    languageModelTools: {
      name: string;
      displayName: string;
      modelDescription: string;
      inputSchema: object;
      tags: string[];
    }[];
    mcpServerDefinitionProviders: { id: string }[];
    chatSkills: { path: string }[];
  };
};

describe("what the editor is told of tools, server and skill", () => {
  test("is what the code registers, with the schema that it parses by", () => {
    const declared = contributes.languageModelTools;
    expect(declared.map(({ name }) => name)).toEqual(Object.keys(agentTools));
    for (const [at, own] of Object.values(agentTools).entries()) {
      const tool = tools.find(({ name }) => name === own) ?? expect.fail(`no tool ${own}`);
      const { $schema: _schema, ...inputSchema } = z.toJSONSchema(tool.input, { io: "input" });
      expect(declared[at]).toMatchObject({ displayName: tool.title, modelDescription: tool.description, inputSchema });
      expect(inputSchema).toMatchObject({ additionalProperties: false });
    }
  });

  test("has one tool that acts, and it is the one that asks first", () => {
    const acting = Object.entries(agentTools).filter(
      ([, own]) => tools.find(({ name }) => name === own)?.kind === "acts",
    );
    expect(acting.map(([name]) => name)).toEqual(["swarm_scale"]);
  });

  test("names the provider of the agents' door, and a skill that is there and names only tools that are", () => {
    expect(contributes.mcpServerDefinitionProviders.map(({ id }) => id)).toEqual([mcpProviderId]);
    const [skill] = contributes.chatSkills;
    const path = new URL(skill?.path ?? "", root);
    expect(existsSync(path)).toBe(true);
    const text = readFileSync(path, "utf8");
    // A skill is named after its folder.
    expect(/^---\nname: (\S+)\ndescription: .{40,1024}\n---\n/.exec(text)?.[1]).toBe(path.pathname.split("/").at(-2));
    const named = new Set([...text.matchAll(/`(swarm_\w+)`/g)].map(([, name]) => name));
    expect([...named].toSorted()).toEqual(Object.keys(agentTools).toSorted());
    expect(readFileSync(new URL(".vscodeignore", root), "utf8")).toContain("!media/skills/*/SKILL.md");
  });
});
