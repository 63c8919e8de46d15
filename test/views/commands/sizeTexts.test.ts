import { describe, expect, it } from "vitest";
import { backupName, backupText } from "../../../src/views/commands/backUpTexts.ts";
import { autoQuestion, modeChoices, withMode } from "../../../src/views/commands/modeTexts.ts";
import { restartQuestion } from "../../../src/views/commands/undoTexts.ts";
import { decision, inputs } from "../decisions/decisions.ts";
import { managed } from "../overviews.ts";

describe("the choice of a mode", () => {
  it("has every mode with its meaning, and marks the one in force", () => {
    const choices = modeChoices("recommend");
    expect(choices.map(({ mode }) => mode)).toEqual(["observe", "recommend", "auto"]);
    expect(choices.map(({ description }) => description)).toEqual(["", "now", ""]);
    for (const { detail } of choices) expect(detail).toMatch(/\.$/);
  });

  it("says before a swarm is let go what will be done, within which bounds, and how it is stopped", () => {
    const scaling = { from: 6, to: 6, reason: { code: "x", args: {} }, inputs: inputs(), recommendationId: null };
    const swarm = managed({ id: "api", label: "api workers", demo: false, minAgents: 2, maxAgents: 50, scaling });
    const { title, keep, switchTo } = autoQuestion(swarm);
    expect(title).toBe("Let the scaler size api workers by itself?");
    expect(keep).toMatchObject({ mode: "recommend", label: "Keep recommend" });
    expect(switchTo.description).toBe("2 to 50 agents");
    expect(switchTo.detail).toContain("More above a load of 0.8, fewer below 0.3.");
    expect(switchTo.detail).toContain("Hold stops it");
    // Without a look of the scaler its thresholds are not known here, and none are made up.
    expect(autoQuestion({ ...swarm, scaling: null }).switchTo.detail).not.toMatch(/\d/);
  });
});

describe("the mode in the user's setting", () => {
  const setting = [{ id: "a", command: "x" }, { id: "b", command: "y", mode: "auto" }, "junk", null];

  it("is changed for that swarm alone, everything else left as it was written", () => {
    expect(withMode(setting, "a", "auto")).toEqual([{ id: "a", command: "x", mode: "auto" }, ...setting.slice(1)]);
    expect(withMode(setting, "b", "recommend")?.[1]).toEqual({ id: "b", command: "y", mode: "recommend" });
    expect(setting[0]).toEqual({ id: "a", command: "x" });
  });

  it("is left alone when it says so already, by its default too, or when the swarm is not there", () => {
    expect(withMode(setting, "b", "auto")).toBeNull();
    expect(withMode(setting, "a", "recommend")).toBeNull();
    for (const other of [setting, [], undefined, null, "x", { id: "c" }])
      expect(withMode(other, "c", "auto")).toBeNull();
  });
});

describe("a backup", () => {
  it("has a name of its own every second, in the time of the place", () => {
    expect(backupName(new Date(2026, 5, 3, 4, 5, 6))).toBe("swarm-2026-06-03-040506.db");
  });

  it("says what was written, how much and where, hostile paths as text", () => {
    expect(backupText({ path: "/b/s.db", bytes: 12_000_000, elapsedMs: 300 })).toBe(
      "Backed up 12 MB in 300 ms: /b/s.db",
    );
    expect(backupText({ path: "/b/\u202e\u001b[31m.db", bytes: 1, elapsedMs: 1 })).toContain(": /b/[31m.db");
  });
});

it("the undo of a stop says that the agents are new ones", () => {
  const { question, detail, agree } = restartQuestion(decision({ from: 4, to: 0, origin: "operator" }));
  expect(question).toBe("Start demo again with 4 agents?");
  expect(detail.join(" ")).toContain("new ones");
  expect(agree).toBe("Start Again");
});
