import type { Clock } from "./common/clock.ts";
import { CodedError, toCoded } from "./common/errors.ts";
import type { Log, ProcessIdentity, ProfileAgent, ProfilerPort, ProfilingPort } from "./ports.ts";
import type { Params } from "./protocol/params.ts";
import type { ProfilePreview, ProfileReport, StackReport } from "./protocol/profiling.ts";
import type { ProfileFiles } from "./profileFiles.ts";

export interface ProfilingParts {
  readonly profiler: ProfilerPort;
  readonly files: ProfileFiles;
  readonly clock: Clock;
  readonly log: Log;
  /** This process and the keeper: an inspector in one of them would hold up everything. */
  readonly ownPids: ReadonlySet<number>;
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

  async run(asked: Params["profile"], signal: AbortSignal): Promise<ProfileReport> {
    const { profiler, files, clock } = this.#parts;
    const target = this.#identified(asked.process.pid, asked.process.startTime);
    const { durationMs, components, consent, heapSnapshot = false } = asked;
    const command = profiler.commandOf(target.pid);
    const world = {
      save: files.saver(target.pid),
      wallMs: () => clock.wallMs(),
      monotonicMs: () => clock.monotonicMs(),
      onInspector: (port: number | null) => files.remember(port === null ? null : { ...target, port }),
    };
    const session = { target, command, durationMs, components, consent, heapSnapshot };
    this.#latest = await this.#alone(signal, (either) => profiler.runSession(session, world, either));
    return this.#latest;
  }

  /** The newest profile since this engine started; `null`: there was none. */
  latest(): ProfileReport | null {
    return this.#latest;
  }

  async stacks(asked: Params["profileStacks"], signal: AbortSignal): Promise<StackReport> {
    const { profiler, files } = this.#parts;
    const target = this.#identified(asked.process.pid, asked.process.startTime);
    const onInspector = (port: number | null) => files.remember(port === null ? null : { ...target, port });
    const command = profiler.commandOf(target.pid);
    return this.#alone(signal, (either) => profiler.currentStack(target, command, either, onInspector));
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
