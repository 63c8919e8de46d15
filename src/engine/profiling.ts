import type { Clock } from "./common/clock.ts";
import { CodedError, toCoded } from "./common/errors.ts";
import type {
  AccountsPort,
  Log,
  ProcessIdentity,
  ProfileAgent,
  ProfiledSwarm,
  ProfileProgress,
  ProfilerPort,
  ProfilingPort,
} from "./ports.ts";
import type { Params } from "./protocol/params.ts";
import type { ProfiledTasks, ProfilePreview, ProfileReport, StackReport } from "./protocol/profiling.ts";
import type { CallProgress } from "./protocol/progress.ts";
import { withTasks } from "./profiledTasks.ts";
import type { ProfileFiles } from "./profileFiles.ts";
import type { StackSummary } from "./protocol/blame.ts";

export interface ProfilingParts {
  readonly profiler: ProfilerPort;
  readonly files: ProfileFiles;
  readonly accounts: Pick<AccountsPort, "keepStacks">;
  readonly clock: Clock;
  readonly log: Log;
  /** This process and the keeper: an inspector in one of them would hold up everything. */
  readonly ownPids: ReadonlySet<number>;
  /** This process. */
  readonly enginePid: number;
  /** The swarm to one of whose agents a process belongs; `null`: to none. */
  readonly swarmOf: (pid: number) => ProfiledSwarm | null;
  /** What its tasks did, monotonic ms; `null`: it never had any. */
  readonly tasksOf: (swarmId: string, sinceMs: number, untilMs: number) => ProfiledTasks | null;
}

/** Profiles of running processes. One at a time: Node has one port for its inspector, and two profiles would see each other. */
export class Profiling implements ProfilingPort {
  readonly #parts: ProfilingParts;
  readonly #ending = new AbortController();
  /** Settles, never rejects. */
  #running: Promise<unknown> | null = null;
  #latest: ProfileReport | null = null;

  constructor(parts: ProfilingParts) {
    this.#parts = parts;
  }

  preview(of: { readonly pid: number } | ProfileAgent): ProfilePreview {
    const { profiler } = this.#parts;
    const target = this.#identified(of.pid, "startTime" in of ? of.startTime : null);
    const agent = "agentId" in of ? of : null;
    const refusal = profiler.inspectorRefusal(target);
    return {
      ...{ pid: target.pid, startTime: target.startTime, command: agent?.command ?? profiler.commandOf(target.pid) },
      ...{ agentId: agent?.agentId ?? null, swarmId: agent?.swarmId ?? null, openWork: agent?.openWork ?? [] },
      isNode: refusal?.code !== "inspector.notNode",
      inspectorRefusal: refusal,
    };
  }

  async run(
    asked: Params["profile"],
    signal: AbortSignal,
    onProgress: (progress: CallProgress) => void = () => undefined,
  ): Promise<ProfileReport> {
    const { profiler, files, clock, accounts } = this.#parts;
    const target = this.#identified(asked.process.pid, asked.process.startTime);
    const { durationMs, components, consent, heapSnapshot = false } = asked;
    const command = profiler.commandOf(target.pid);
    const onInspector = (port: number | null) => files.remember(port === null ? null : { ...target, port });
    const swarm = this.#parts.swarmOf(target.pid);
    const session = { target, command, durationMs, components, consent, heapSnapshot, swarm };
    const begunMs = clock.monotonicMs();
    const found: StackSummary[] = [];
    const onStacks = (stacks: StackSummary) => void found.push(stacks);
    const report = await this.#alone(signal, (either) =>
      profiler.runSession(session, { ...this.#world(target, onProgress), onInspector, onStacks }, either),
    );
    for (const stacks of found) {
      const { startedAtMs, durationMs: tookMs } = report;
      const { pid, startTime } = target;
      accounts.keepStacks({ pid, startTime, fromMs: startedAtMs, toMs: startedAtMs + tookMs, stacks });
    }
    const tasks =
      swarm === null || !components.includes("application")
        ? null
        : this.#parts.tasksOf(swarm.swarmId, begunMs, clock.monotonicMs());
    this.#latest = tasks === null ? report : withTasks(report, tasks);
    return this.#latest;
  }

  async runEngine(
    { durationMs, components }: Params["profileEngine"],
    signal: AbortSignal,
    onProgress: (progress: CallProgress) => void = () => undefined,
  ): Promise<ProfileReport> {
    const { profiler, enginePid } = this.#parts;
    const target = profiler.identify(enginePid);
    const command = profiler.commandOf(enginePid);
    const session = { target, command, durationMs, components, consent: true, heapSnapshot: false, own: true };
    const world = { ...this.#world(target, onProgress), onInspector: () => undefined, onStacks: () => undefined };
    return this.#alone(signal, (either) => profiler.runSession(session, world, either));
  }

  #world({ pid }: ProcessIdentity, onProgress: (progress: CallProgress) => void) {
    const { files, clock } = this.#parts;
    return {
      save: files.saver(pid),
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      onProgress: (progress: ProfileProgress) => onProgress(callProgress(progress, pid)),
    };
  }

  /** The newest profile since this engine started; `null`: there was none. */
  latest(): ProfileReport | null {
    return this.#latest;
  }

  async stacks(asked: Params["profileStacks"], signal: AbortSignal): Promise<StackReport> {
    const { profiler, files } = this.#parts;
    const target = this.#identified(asked.process.pid, asked.process.startTime);
    const onInspector = (port: number | null) => files.remember(port === null ? null : { ...target, port });
    const of = { target, command: profiler.commandOf(target.pid), consent: asked.consent };
    // Threads are looked at from outside, whatever else is being profiled.
    if (!asked.consent) return profiler.dumpStacks(of, signal, onInspector);
    return this.#alone(signal, (either) => profiler.dumpStacks(of, either, onInspector));
  }

  /** @param startTime as it was agreed to; `null`: whatever is there */
  #identified(pid: number, startTime: number | null): ProcessIdentity {
    if (this.#parts.ownPids.has(pid)) throw new CodedError("profile.own", { pid });
    const target = this.#parts.profiler.identify(pid);
    if (startTime !== null && target.startTime !== startTime) throw new CodedError("profile.changed", { pid });
    return target;
  }

  async #alone<T>(signal: AbortSignal, work: (either: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#running !== null) throw new CodedError("profile.busy");
    const done = work(AbortSignal.any([signal, this.#ending.signal]));
    this.#running = done.catch(() => undefined);
    try {
      return await done;
    } finally {
      this.#running = null;
    }
  }

  /** Closes what an engine that was killed has left open. */
  async recover(): Promise<void> {
    const { files, profiler, log } = this.#parts;
    const left = files.remembered();
    if (left === null) return;
    try {
      const { port, ...target } = left;
      const reason = await profiler.closeLeftOver(target, port);
      if (reason !== null) log.warn(reason.code, reason.args);
    } catch (error) {
      const { code, args } = toCoded(error);
      log.warn(code, args);
    } finally {
      files.remember(null);
    }
  }

  /** The engine ends: a profile that is being made is given up, and this returns once its inspector is closed. */
  async end(): Promise<void> {
    this.#ending.abort();
    await this.#running;
  }
}

function callProgress(progress: ProfileProgress, pid: number): CallProgress {
  switch (progress.kind) {
    case "inspector": {
      const isOver = progress.step === "closing" || progress.step === "closed";
      return {
        step: { code: isOver ? "profileProgress.closing" : "profileProgress.opening", args: { pid } },
        doneRatio: null,
      };
    }
    case "sampling": {
      const { elapsedMs, durationMs } = progress;
      const args = { pid, elapsedMs, durationMs };
      return { step: { code: "profileProgress.sampling", args }, doneRatio: Math.min(1, elapsedMs / durationMs) };
    }
    case "snapshot":
      return { step: { code: "profileProgress.snapshot", args: { pid } }, doneRatio: null };
    case "finishing":
      return { step: { code: "profileProgress.finishing", args: { pid } }, doneRatio: null };
  }
}
