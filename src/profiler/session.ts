import { type Coded, CodedError, toCoded } from "../engine/common/errors.ts";
import type { MemoryReport, ProfileComponent, ProfileReport } from "../engine/protocol/profiling.ts";
import { adviceFor } from "./advice.ts";
import { sources } from "./sources/all.ts";
import { Inspector, type InspectorStep } from "./sources/inspector.ts";
import { inspectorRefusal } from "./sources/inspectorPort.ts";
import { OwnInspector } from "./sources/ownInspector.ts";
import { checkIdentity, isThere, type TargetIdentity } from "./sources/procTarget.ts";
import type { ProfileSource, SaveArtefact, SourceContext, TargetInspector } from "./sources/source.ts";
import { type ProfiledSwarm, SwarmMemory } from "./sources/swarmMemory.ts";
import { stackSummary } from "./stackSummary.ts";
import type { StackSummary } from "../engine/protocol/blame.ts";
import { pause } from "./sources/waiting.ts";

export interface SessionAsked {
  readonly target: TargetIdentity;
  readonly command: string;
  readonly durationMs: number;
  readonly components: readonly ProfileComponent[];
  /** To open an inspector in it. Without it only what the kernel tells is told. */
  readonly consent: boolean;
  /** A whole heap snapshot at the end: the process stands still while it is made. */
  readonly heapSnapshot: boolean;
  /** It is this process: its inspector is reached from within. */
  readonly own?: boolean;
  /** It belongs to: its memory is told as well. */
  readonly swarm?: ProfiledSwarm | null;
}

/** How far a profile is. */
export type SessionProgress =
  | { readonly kind: "inspector"; readonly step: InspectorStep }
  | { readonly kind: "sampling"; readonly elapsedMs: number; readonly durationMs: number }
  | { readonly kind: "finishing" }
  | { readonly kind: "snapshot" };

export interface SessionWorld {
  readonly save: SaveArtefact;
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  readonly onProgress?: (progress: SessionProgress) => void;
  /** The port of an inspector that is open now; `null` once there is none of ours. */
  readonly onInspector?: (port: number | null) => void;
  /** How the CPU of its main thread divides, where that was found out. */
  readonly onStacks?: (stacks: StackSummary) => void;
}

/** How often is looked whether it is still there. */
const LIFE_MS = 100;
const SNAPSHOT_MS = 60_000;

type Outcome =
  | { readonly kind: "known"; readonly value: unknown }
  | { readonly kind: "unknown"; readonly reason: Coded };

/**
 * One profile: every component at once, for a while. What cannot be had takes nothing else with it, and whatever happens the
 * inspector is closed before this returns or throws.
 * @throws CodedError `profile.noProcess`, `profile.changed`, `profile.linuxOnly`: nothing was begun; `aborted`
 */
export async function runSession(
  asked: SessionAsked,
  world: SessionWorld,
  signal: AbortSignal,
): Promise<ProfileReport> {
  const { target, command, durationMs, components } = asked;
  const { onProgress = () => undefined } = world;
  checkIdentity(target);
  const chosen: readonly ProfileSource<ProfileComponent, unknown>[] = sources.filter(({ component }) =>
    components.includes(component),
  );
  const artefacts: ProfileReport["artefacts"][number][] = [];
  const save: SaveArtefact = async (kind, pieces) => {
    const artefact = await world.save(kind, pieces);
    if (artefact !== null) artefacts.push(artefact);
    return artefact;
  };

  // 1. The inspector, once for all.
  const { inspector, reason: inspectorReason } = await attached(asked, chosen, signal, onProgress);
  // One from within has no port that could stay open.
  if (inspector instanceof Inspector) world.onInspector?.(inspector.port);
  let leftOpen: Coded | null = null;
  const startedAtMs = world.wallMs();
  const attachedAt = world.monotonicMs();
  const elapsedMs = () => world.monotonicMs() - attachedAt;
  let sampledMs = 0;
  let swarmMemory: SwarmMemory | null = null;
  const outcomes = new Map<ProfileComponent, Outcome>();
  try {
    // 2. All sources beside each other, until the time is over, the process is gone, or nobody waits. It counts from when the
    // slowest has begun: perf takes half a second, and the time asked for is the time of each.
    const over = new AbortController();
    const context: SourceContext = {
      ...{ target, command, durationMs, startedAtMs, inspector, inspectorReason, signal, save, elapsedMs },
      onMainProfile: (profile) => {
        const stacks = stackSummary(profile);
        if (stacks !== null) world.onStacks?.(stacks);
      },
    };
    const begun: Promise<void>[] = [];
    const runs = chosen.map(async (source) => {
      const { promise, resolve } = Promise.withResolvers<void>();
      begun.push(promise);
      outcomes.set(source.component, await runSource(source, context, over.signal, resolve));
    });
    if (asked.swarm && components.includes("memory")) swarmMemory = new SwarmMemory(asked.swarm, elapsedMs);
    const swarmRun = swarmMemory?.run(over.signal);
    await Promise.all(begun);
    const began = elapsedMs();
    while (sampledMs < durationMs && isThere(target) && !signal.aborted) {
      onProgress({ kind: "sampling", elapsedMs: sampledMs, durationMs });
      await pause(Math.max(1, Math.min(LIFE_MS, durationMs - sampledMs)), signal).catch(() => undefined);
      sampledMs = elapsedMs() - began;
    }
    over.abort();
    onProgress({ kind: "finishing" });
    await Promise.all([...runs, swarmRun]);
    if (asked.heapSnapshot && inspector !== null && !signal.aborted) {
      onProgress({ kind: "snapshot" });
      await saveSnapshot(inspector, save, signal);
    }
  } finally {
    leftOpen = (await inspector?.detach()) ?? null;
    world.onInspector?.(null);
  }
  if (signal.aborted) throw new CodedError("aborted");

  // 3. What came of it.
  const valueOf = <T>(component: ProfileComponent): T | null => {
    const outcome = outcomes.get(component);
    return outcome?.kind === "known" ? (outcome.value as T) : null;
  };
  const memory = valueOf<MemoryReport>("memory");
  const parts = {
    process: { pid: target.pid, startTime: target.startTime, command },
    cpu: valueOf<ProfileReport["cpu"]>("cpu"),
    memory: memory === null ? null : { ...memory, swarm: swarmMemory?.report() ?? null },
    io: valueOf<ProfileReport["io"]>("io"),
    application: valueOf<ProfileReport["application"]>("application"),
  };
  return {
    ...parts,
    ...{ startedAtMs, durationMs: sampledMs, ended: !isThere(target), inspected: inspector !== null, leftOpen },
    missing: [...outcomes].flatMap(([component, outcome]) =>
      outcome.kind === "unknown" ? [{ component, reason: outcome.reason }] : [],
    ),
    recommendations: adviceFor(parts),
    artefacts,
  };
}

/** @throws CodedError `aborted`; any other reason is told instead */
async function attached(
  { target, consent, own = false }: SessionAsked,
  chosen: readonly { readonly wantsInspector: boolean }[],
  signal: AbortSignal,
  onProgress: (progress: SessionProgress) => void,
): Promise<{ readonly inspector: Inspector | OwnInspector | null; readonly reason: Coded | null }> {
  if (!chosen.some(({ wantsInspector }) => wantsInspector)) return { inspector: null, reason: null };
  if (own) {
    try {
      return { inspector: OwnInspector.open(), reason: null };
    } catch (error) {
      return { inspector: null, reason: toCoded(error) };
    }
  }
  if (!consent) {
    const refusal = inspectorRefusal(target);
    return { inspector: null, reason: refusal ?? { code: "profile.consent", args: { pid: target.pid } } };
  }
  try {
    const onStep = (step: InspectorStep) => onProgress({ kind: "inspector", step });
    return { inspector: await Inspector.attach(target, { signal, onStep }), reason: null };
  } catch (error) {
    if (signal.aborted) throw new CodedError("aborted", {}, { cause: error });
    return { inspector: null, reason: toCoded(error) };
  }
}

async function runSource(
  source: ProfileSource<ProfileComponent, unknown>,
  context: SourceContext,
  over: AbortSignal,
  onBegun: () => void,
): Promise<Outcome> {
  try {
    const running = await source.start(context);
    onBegun();
    try {
      for (let due = 0; running.everyMs !== null && !over.aborted; due += running.everyMs) {
        // One that took too long is followed by the next, not by all that were missed.
        due = Math.max(due, context.elapsedMs() - running.everyMs);
        await pause(Math.max(0, due - context.elapsedMs()), over).catch(() => undefined);
        if (!over.aborted) await running.look();
      }
      if (running.everyMs === null) await pauseUntil(over);
      if (context.signal.aborted) throw new CodedError("aborted");
      return { kind: "known", value: await running.finish() };
    } catch (error) {
      await running.abandon();
      throw error;
    }
  } catch (error) {
    return { kind: "unknown", reason: toCoded(error) };
  } finally {
    onBegun();
  }
}

function pauseUntil(over: AbortSignal): Promise<void> {
  if (over.aborted) return Promise.resolve();
  return new Promise((resolve) => over.addEventListener("abort", () => resolve(), { once: true }));
}

async function saveSnapshot(inspector: TargetInspector, save: SaveArtefact, signal: AbortSignal): Promise<void> {
  const pieces: string[] = [];
  const stop = inspector.on("HeapProfiler.addHeapSnapshotChunk", (params) => {
    const { chunk } = params as { readonly chunk?: unknown };
    if (typeof chunk === "string") pieces.push(chunk);
  });
  try {
    await inspector.call("HeapProfiler.takeHeapSnapshot", { reportProgress: false }, signal, SNAPSHOT_MS);
    await save("heapsnapshot", pieces);
  } catch {
    // The report stands without it; that there is none is seen in its artefacts.
  } finally {
    stop();
  }
}
