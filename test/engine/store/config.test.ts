import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { ConfigStore } from "../../../src/engine/store/config.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sc-"));
  path = join(folder, "config.json");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const swarm = { id: "mine", command: "/bin/worker" };

describe("ConfigStore", () => {
  test("begins with defaults and writes nothing until somebody changes something", () => {
    const store = new ConfigStore(path);
    expect(store.values).toMatchObject({ swarms: [], keepRunning: false, demo: { mode: "recommend", maxAgents: 16 } });
    expect(existsSync(path)).toBe(false);
  });

  test("a patch is durable, owner-only, counted and signed", () => {
    new ConfigStore(path).patch("editor settings", 0, { keepRunning: true });
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const again = new ConfigStore(path);
    expect(again.file).toMatchObject({
      revision: 1,
      values: { keepRunning: true },
      sources: { keepRunning: "editor settings" },
    });
  });

  test.each([
    ["swarms.0.maxAgents", { swarms: [{ ...swarm, maxAgents: 5_000 }] }],
    ["swarms.0.minAgents", { swarms: [{ ...swarm, minAgents: 9, maxAgents: 3 }] }],
    ["swarms.0.id", { swarms: [{ ...swarm, id: "demo" }] }],
    ["swarms", { swarms: [swarm, swarm] }],
    ["demo.initialAgents", { demo: { initialAgents: 40, maxAgents: 20 } }],
  ])("a value out of range is refused by its field: %s", (field, patch) => {
    const store = new ConfigStore(path);
    try {
      store.patch("test", 0, patch as never);
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "config.invalid", args: { path: field } });
    }
    expect(store.file.revision).toBe(0);
  });

  test("a file broken by hand is not in force, not overwritten, and named; the last good one is", () => {
    new ConfigStore(path).patch("test", 0, { keepRunning: true });
    writeFileSync(path, '{"version": 1, "values": {"keepRunning": "yes"}}');
    const store = new ConfigStore(path);
    expect(store.values.keepRunning).toBe(true);
    expect(store.problem).toMatchObject({ code: "config.invalid", args: { path: "values.keepRunning" } });
    expect(readFileSync(path, "utf8")).toContain('"yes"');
    store.patch("test", 1, { keepRunning: false });
    expect(store.problem).toBeNull();
    expect(readFileSync(`${path}.rejected`, "utf8")).toContain('"yes"');
    expect(new ConfigStore(path).values.keepRunning).toBe(false);
  });

  test("a key that another source changed since is a conflict that names it; against its revision it may be changed", () => {
    const store = new ConfigStore(path);
    store.patch("command line", 0, { swarms: [swarm] as never });
    try {
      store.patch("editor settings", 0, { swarms: [{ ...swarm, command: "/other" }] as never });
      expect.unreachable();
    } catch (error) {
      expect(error).toMatchObject({ code: "config.conflict", args: { key: "swarms", source: "command line" } });
    }
    expect(store.values.swarms[0]?.command).toBe("/bin/worker");
    expect(store.patch("editor settings", 1, { swarms: [{ ...swarm, command: "/other" }] as never }).revision).toBe(2);
  });

  test("a patch that changes nothing counts as none", () => {
    const store = new ConfigStore(path);
    expect(store.patch("test", 0, { keepRunning: false }).revision).toBe(0);
    expect(existsSync(path)).toBe(false);
  });

  test("what a schema cannot say is checked before it is taken", () => {
    const store = new ConfigStore(path, () => {
      throw new Error("rule 1: no such class");
    });
    expect(() => store.patch("test", 0, { keepRunning: true })).toThrow("rule 1");
    expect(store.values.keepRunning).toBe(false);
  });

  test("a folder that cannot be written is named and nothing changes", () => {
    const store = new ConfigStore(join(folder, "gone", "config.json"));
    expect(() => store.patch("test", 0, { keepRunning: true })).toThrow(/config\.unwritable/);
    expect(store.values.keepRunning).toBe(false);
  });
});
