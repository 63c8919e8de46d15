import { describe, expect, it } from "vitest";
import { statusFace } from "../../src/views/statusBar/model.ts";
import { decision, id, waiting } from "./decisions/decisions.ts";
import { info } from "./fakeSession.ts";
import {
  agent,
  host,
  hostileStrings,
  managed,
  observed,
  overview,
  unknownUsage,
  unprintable,
  usage,
} from "./overviews.ts";

const connected = { kind: "connected", info } as const;
const agents = (count: number) => Array.from({ length: count }, (_, at) => agent({ pid: at + 2 }));

describe("the status bar", () => {
  it("sums agents, their share of the machine and what waits", () => {
    const swarms = [
      observed({ agents: agents(10), usage: usage({ cpuCores: 1.24 }) }),
      managed({ id: "bees", demo: false, agents: agents(2), usage: usage({ cpuCores: 0.4 }), waitingTasks: 2 }),
    ];
    expect(statusFace(connected, overview({ swarms })).text).toBe("$(pulse) 12 agents · 41% · 2 waiting");
  });

  it("names the demo's agents as such", () => {
    const swarms = [managed({ agents: agents(6), usage: usage({ cpuCores: 0.4 }) })];
    expect(statusFace(connected, overview({ swarms })).text).toBe("$(pulse) 6 agents (6 demo) · 10% · 3 waiting");
  });

  it("has no figure for what is unknown, and nothing that waits where nothing can", () => {
    const swarms = [observed({ usage: unknownUsage })];
    expect(statusFace(connected, overview({ swarms, host: null })).text).toBe("$(pulse) 3 agents · –");
    expect(statusFace(connected, overview({ swarms: [] })).text).toBe("$(pulse) 0 agents · –");
  });

  it("tells the machine and the engine's own cost in the tooltip, each with its source", () => {
    const { tooltip } = statusFace(connected, overview());
    expect(tooltip).toContain("Machine CPU 50% busy of 8 cores, 4 usable · derived over 1 s");
    expect(tooltip).toContain("Memory 7.0 GB available of 16 GB (measured");
    expect(tooltip).toContain("Pressure CPU 2%, memory 2%, I/O 2% · measured over 10 s");
    expect(tooltip).toContain("Engine itself 0.6% of one core, 84 MB; keeper 52 MB");
    expect(statusFace(connected, overview({ host: host({ pressure: null }) })).tooltip).toContain("no PSI");
  });

  it("shows the recommendation that waits, its direction by shape, and counts several", () => {
    const swarms = [observed()];
    const up = decision({ state: waiting });
    const face = statusFace(connected, overview({ swarms }), [up]);
    expect(face.text).toBe("$(pulse) 3 agents · 41% $(arrow-up) 6→8");
    expect(face.spoken).toContain("recommended: scale demo up from 6 to 8 agents");
    expect(face.tooltip).toMatch(/^Recommended demo: 6 → 8 · waits for you/);
    expect(face.severity).toBe("normal");
    const down = decision({ id: id(2), from: 8, to: 5, state: waiting });
    expect(statusFace(connected, overview({ swarms }), [down]).text).toContain("$(arrow-down) 8→5");
    expect(statusFace(connected, overview({ swarms }), [up, down]).text).toContain("$(lightbulb) 2 recommendations");
    expect(statusFace({ kind: "idle" }, null, [up]).text).not.toContain("→");
  });

  it("tells every state of the session in words, and warns only when it has given up", () => {
    const reason = { code: "engine.failed", args: { reason: "too many starts" } };
    const faces = [
      statusFace({ kind: "idle" }, null),
      statusFace({ kind: "connecting", sinceMs: 0, attempt: 1 }, null),
      statusFace({ kind: "waiting", reason: { code: "rpc.closed", args: {} }, retryAtMs: 0 }, null),
      statusFace({ kind: "failed", reason }, null),
      statusFace(connected, null),
    ];
    expect(new Set(faces.map(({ text }) => text)).size).toBe(faces.length);
    expect(faces.map(({ severity }) => severity)).toEqual(["normal", "normal", "normal", "warning", "normal"]);
    expect(faces[3]?.tooltip).toContain("Restart Engine");
  });

  it.each(hostileStrings.map((text) => [JSON.stringify(text).slice(0, 40), text]))(
    "keeps %s out of its text",
    (_, text) => {
      const swarms = [observed({ label: text, agents: [agent({ name: text, command: text })] })];
      const face = statusFace(connected, overview({ swarms }));
      expect(face.text).toMatch(/^\$\(pulse\) 1 agent · 41%$/);
      const hostile = decision({ swarmId: text, swarmLabel: text, by: text, state: waiting });
      const recommending = statusFace(connected, overview({ swarms }), [hostile]);
      expect(recommending.text).toBe("$(pulse) 1 agent · 41% $(arrow-up) 6→8");
      expect(recommending.spoken).not.toMatch(unprintable);
      const failed = statusFace({ kind: "failed", reason: { code: text, args: { detail: text } } }, null);
      for (const line of failed.tooltip.split("\n")) expect(line).not.toMatch(unprintable);
    },
  );
});
