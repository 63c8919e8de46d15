import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir, totalmem } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterEach } from "vitest";
import { systemClock } from "../../../../src/engine/common/clock.ts";
import { createRng } from "../../../../src/engine/common/rng.ts";
import { configValues } from "../../../../src/engine/protocol/config.ts";
import type { ToolGrade, ToolRole } from "../../../../src/engine/protocol/orchestrators.ts";
import { claudeFlowProvider } from "../../../../src/engine/providers/claudeFlow/provider.ts";
import { aliveOf } from "../../../../src/engine/providers/claudeFlow/ownGroup.ts";
import type { OrchestratedSwarm, OrchestratorView } from "../../../../src/engine/providers/provider.ts";

const FAKE = join(import.meta.dirname, "fakeServer.ts");

export interface Setting {
  readonly dialect?: "v2" | "v3" | "none";
  readonly agents?: number;
  readonly busy?: number;
  readonly name?: string;
  readonly quirks?: readonly string[];
}

export interface Followed {
  readonly swarm: OrchestratedSwarm;
  /** Asks it as the engine does at each tick, until this holds. */
  until(what: string, holds: (view: OrchestratorView) => boolean, deadlineMs?: number): Promise<OrchestratorView>;
  readonly spawnIds: readonly string[];
  readonly logged: readonly { readonly code: string; readonly args: unknown }[];
  /** Longest that one look has taken. */
  readonly longestLookMs: () => number;
}

const open: Followed[] = [];
const folders: string[] = [];

afterEach(async () => {
  await Promise.all(open.splice(0).map(({ swarm }) => swarm.end()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A swarm of the stand-in orchestrator, which is a process of its own. */
export function follow(setting: Setting, more: Readonly<Record<string, unknown>> = {}): Followed {
  return followCommand({
    command: process.execPath,
    args: [FAKE, JSON.stringify(setting)],
    env: { FAKE_MEMORY_MB: String(Math.round(totalmem() / 2 ** 20)) },
    callTimeoutSeconds: 0.5,
    connectTimeoutSeconds: 5,
    ...more,
  });
}

export function followCommand(configured: Readonly<Record<string, unknown>>): Followed {
  const cwd = mkdtempSync(join(tmpdir(), "sw-flow-"));
  folders.push(cwd);
  const config = configValues.parse({ orchestrators: [{ id: "flow", kind: "claudeFlow", cwd, ...configured }] });
  const spawnIds: string[] = [];
  const logged: { code: string; args: unknown }[] = [];
  const log = (code: string, args: unknown): void => void logged.push({ code, args });
  const [definition] = claudeFlowProvider.definitions(config);
  if (definition === undefined) throw new Error("nothing is configured");
  const swarm = claudeFlowProvider.create(definition, () => config, {
    clock: systemClock,
    log: { debug: log, info: log, warn: log, error: log },
    rng: createRng(1),
    version: "0.0.0",
    newSpawnId: () => {
      const id = `test-${process.pid}.${spawnIds.length}-${Math.round(performance.now())}`;
      spawnIds.push(id);
      return id;
    },
    host: () => ({ memoryTotalBytes: totalmem(), memoryUsedBytes: totalmem() / 2 }),
    context: {
      environment: (own) => Promise.resolve({ PATH: process.env["PATH"] ?? "", HOME: cwd, ...own }),
      homeFolder: cwd,
      nodePath: process.execPath,
    },
  });
  let longest = 0;
  const followed: Followed = {
    swarm,
    spawnIds,
    logged,
    longestLookMs: () => longest,
    until: async (what, holds, deadlineMs = 15_000) => {
      const end = performance.now() + deadlineMs;
      for (;;) {
        const began = performance.now();
        swarm.observe();
        longest = Math.max(longest, performance.now() - began);
        const view = swarm.view();
        if (holds(view)) return view;
        if (performance.now() > end) throw new Error(`not within ${deadlineMs} ms: ${what}\n${JSON.stringify(view)}`);
        await delay(20);
      }
    },
  };
  open.push(followed);
  return followed;
}

export const isRead = (view: OrchestratorView): boolean => view.recordCount !== null;

export function gradesOf(view: OrchestratorView): Readonly<Partial<Record<ToolRole, ToolGrade>>> {
  return Object.fromEntries(view.tools.map(({ role, grade }) => [role, grade]));
}

/** Processes that still carry a mark of this swarm's. */
export function leftOf({ spawnIds }: Followed): readonly number[] {
  return spawnIds.flatMap((id) => aliveOf(id));
}

export const never = new AbortController().signal;
