import { describe, expect, it } from "vitest";
import type { ScalePreview } from "../../../src/engine/protocol/rpc.ts";
import { outcomeText } from "../../../src/views/commands/outcomeTexts.ts";
import { parseTarget, previewLine, scaleQuestion } from "../../../src/views/commands/scaleTexts.ts";
import { stopAgentQuestion, stopSwarmQuestion } from "../../../src/views/commands/stopTexts.ts";
import { agent, managed, NOW_MS } from "../overviews.ts";

const bounds = { minAgents: 1, maxAgents: 16 };

const room: ScalePreview["room"] = {
  agents: 9,
  basis: "learning",
  footprint: { rssBytes: null, cpuCores: null, taskSeconds: null, agents: 0, tasks: 0 },
  leftBytes: 2,
  availableBytes: 2,
  reserveBytes: 0,
  promisedBytes: 0,
  cpuAgents: null,
};

function preview(over: Partial<ScalePreview> = {}): ScalePreview {
  return {
    swarmId: "demo",
    label: "demo",
    from: 6,
    live: 6,
    to: 8,
    minAgents: 1,
    maxAgents: 16,
    ending: [],
    starting: 2,
    expectedRssBytes: 120_000_000,
    memoryAvailableBytes: 5_100_000_000,
    expectedCpuCores: null,
    steps: [8],
    pauseMs: 15_000,
    room,
    refusal: null,
    warnings: [],
    ...over,
  };
}

describe("a target as typed", () => {
  it.each([
    ["1", 1],
    [" 16 ", 16],
    ["007", 7],
  ])("%j is %d", (typed, target) => expect(parseTarget(typed, bounds)).toBe(target));

  it.each(["", " ", "5x", "1e1", "-1", "+3", "2.5", "NaN", "0x5", "99999999999999"])(
    "%j is refused, saying what would be right",
    (typed) => expect(parseTarget(typed, bounds)).toMatch(/a whole number from 1 to 16/),
  );

  it("names the bound it breaks", () => {
    expect(parseTarget("0", bounds)).toBe("0 is below the minimum of 1; enter a whole number from 1 to 16.");
    expect(parseTarget("17", bounds)).toBe("17 is above the maximum of 16; enter a whole number from 1 to 16.");
  });
});

describe("the preview of a scale", () => {
  it("says while typing what the number would do", () => {
    expect(previewLine(preview())).toBe(
      "6 → 8: starts 2 agents, about 120 MB of memory (derived from the agents alive), 5.1 GB available",
    );
    const footprint = { ...room.footprint, rssBytes: 60_000_000, agents: 12 };
    expect(previewLine(preview({ room: { ...room, basis: "footprint", agents: 70, footprint } }))).toBe(
      "6 → 8: starts 2 agents, about 120 MB of memory (derived from 12 agents measured), 5.1 GB available, room for 70",
    );
    expect(previewLine(preview({ expectedRssBytes: null, memoryAvailableBytes: null }))).toContain("memory not known");
    expect(previewLine(preview({ to: 6, starting: 0 }))).toBe("6 agents, as now: nothing changes");
  });

  it("shows the steps of a large change, what it costs, and what of the machine it would exceed", () => {
    const warnings = [
      {
        code: "scale.memory",
        args: { neededBytes: 9e9, leftBytes: 2e9, reserveBytes: 8e8, promisedBytes: 0, fits: 2 },
      },
    ];
    const large = preview({ to: 16, starting: 10, steps: [8, 12, 16], expectedCpuCores: 4.5, warnings });
    expect(previewLine(large)).toContain("6 → 8 → 12 → 16: starts 10 agents");
    expect(scaleQuestion(large).detail).toEqual([
      "Starts 10 agents. about 120 MB of memory (derived from the agents alive), 5.1 GB available",
      "Goes 6 → 8 → 12 → 16: each step is seen and looked at for up to 15 s before the next. If errors, waiting or pressure get worse it goes back to the step before. Hold pauses it, Undo ends it.",
      "Costs 10 agent-hours more an hour, up to 4.5 cores (derived).",
      "The new agents are expected to need 9.0 GB, and 2.0 GB are left (800 MB are kept free): 2 would fit. Ask for fewer, or free memory first.",
      'To undo: "Swarm: Undo Last Scale" (back to 6).',
    ]);
  });

  it("asks with who ends, what they have in hand, and how it is undone", () => {
    const ending = [
      { id: "a", pid: 11, name: "worker", working: false },
      { id: "b", pid: 12, name: "worker", working: true },
    ];
    const warnings = [{ code: "work.task", args: { id: "t1" } }];
    const { question, detail, agree } = scaleQuestion(preview({ to: 4, starting: 0, ending, warnings }));
    expect(question).toBe("Scale demo from 6 to 4 agents?");
    expect(detail).toEqual([
      "Ends 2 agents: worker 11, worker 12 (working).",
      "1 agent has a task in hand: it is finished first, up to the drain timeout.",
      "In hand: task t1.",
      'To undo: "Swarm: Undo Last Scale" (back to 6).',
    ]);
    expect(agree).toBe("Scale to 4");
  });

  it("lists a few names and counts the rest", () => {
    const ending = Array.from({ length: 20 }, (_, at) => ({
      id: `${at}`,
      pid: at + 2,
      name: "worker",
      working: false,
    }));
    expect(scaleQuestion(preview({ to: 0, starting: 0, ending })).detail[0]).toMatch(
      /^Ends 20 agents: .* and 12 more\.$/,
    );
  });
});

describe("how an action ended", () => {
  it("keeps 'confirmed' for what was seen", () => {
    const reason = { code: "scale.deadline", args: { live: 7, target: 8, starting: 1 } };
    expect(outcomeText("demo: 6 → 8", { kind: "confirmed", live: 8, elapsedMs: 1_200 })).toEqual({
      severity: "info",
      text: "demo: 6 → 8, confirmed in 1.2 s (8 alive)",
    });
    const late = outcomeText("demo: 6 → 8", { kind: "unconfirmed", live: 7, elapsedMs: 60_000, reason });
    expect(late.severity).toBe("warning");
    expect(late.text).toContain("not confirmed");
    expect(outcomeText("x", { kind: "refused", reason }).text).toContain("nothing was done");
  });
});

describe("the questions before something is stopped", () => {
  it("names pid, command and open work of an agent", () => {
    const { question, detail } = stopAgentQuestion({
      agentId: "4121-800",
      pid: 4121,
      startTime: 800,
      command: "claude --resume \u001b[31mx",
      managed: false,
      swarmId: "s",
      openWork: [{ code: "work.tool", args: { name: "vitest" } }],
      processCount: 4,
    });
    expect(question).toBe("Stop agent with pid 4121?");
    expect(detail[0]).toBe("Command: claude --resume [31mx");
    expect(detail[1]).toBe("Ends its whole tree of 4 processes.");
    expect(detail[2]).toContain("vitest");
    expect(detail[3]).toContain("cannot be started again from here");
  });

  it("names the tasks in hand of a swarm", () => {
    const agents = [agent({ pid: 11, name: "worker" }), agent({ pid: 12, name: "worker", state: "idle" })];
    const { question, detail } = stopSwarmQuestion(managed({ agents, live: 2 }), NOW_MS);
    expect(question).toBe("Stop demo?");
    expect(detail).toEqual([
      "Ends 2 agents of the demo.",
      'Tasks in hand: worker 11 (working 4 min). Each is finished first, up to the drain timeout; with "Stop Now" none is, and they run again later.',
      "3 waiting tasks will not be taken while the swarm is stopped.",
      'To undo: "Swarm: Start Demo Swarm".',
    ]);
  });
});
