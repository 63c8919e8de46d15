import { type ChildProcess, spawn } from "node:child_process";
import { readProcessStat } from "../../../../src/engine/common/processIdentity.ts";
import type { ManagedAgent } from "../../../../src/engine/ports.ts";

const DEADLINE_MS = 20_000;

/** Polls until it is so. @throws when it is not within the deadline */
export async function until(what: string, isSo: () => boolean): Promise<void> {
  const endMs = performance.now() + DEADLINE_MS;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`not within ${DEADLINE_MS} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

export interface RealAgent {
  readonly agent: ManagedAgent;
  readonly child: ChildProcess;
  /** Ends its whole group, and waits until it is gone. */
  readonly end: () => Promise<void>;
}

/** A process that leads a group of its own, as the keeper starts them; resolves at its first output. */
export async function startAgent(command: string, args: readonly string[]): Promise<RealAgent> {
  const child = spawn(command, args, { detached: true, stdio: ["pipe", "pipe", "ignore"] });
  const pid = child.pid;
  if (pid === undefined) throw new Error(`${command} did not start`);
  let said = "";
  child.stdout?.on("data", (data: Buffer) => (said += data.toString()));
  await until(`${command} says something`, () => said !== "" || child.exitCode !== null);
  const startTime = readProcessStat(pid)?.startTime ?? 0;
  const agent = { id: `a${pid}`, pid, startTime, state: "idle", task: null } as const;
  return {
    agent: { ...agent, startedAtMs: 0, stateSinceMs: 0, tasksDone: 0, problem: null },
    child,
    end: async () => {
      if (child.exitCode === null && child.signalCode === null && readProcessStat(pid)?.startTime === startTime)
        process.kill(-pid, "SIGKILL");
      await until(`${pid} is gone`, () => child.exitCode !== null || child.signalCode !== null);
    },
  };
}
