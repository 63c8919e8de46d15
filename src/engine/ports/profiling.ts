import type { Coded } from "../protocol/model.ts";
import type { Params } from "../protocol/params.ts";
import type { CallProgress } from "../protocol/progress.ts";
import type { StackSummary } from "../protocol/blame.ts";
import type {
  ArtefactKind,
  ProfileArtefact,
  ProfileComponent,
  ProfilePreview,
  ProfileReport,
  StackReport,
} from "../protocol/profiling.ts";

/** One process and no later one with its pid. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startTime: number;
  readonly bootId: string;
}

export interface ProfileSessionAsked {
  readonly target: ProcessIdentity;
  readonly command: string;
  readonly durationMs: number;
  readonly components: readonly ProfileComponent[];
  readonly consent: boolean;
  readonly heapSnapshot: boolean;
  /** It is this process: its inspector is reached from within. */
  readonly own?: boolean;
  /** It belongs to: its memory is told as well. */
  readonly swarm?: ProfiledSwarm | null;
}

/** A swarm whose agent is profiled. */
export interface ProfiledSwarm {
  readonly swarmId: string;
  /** Agents, helpers and tools, as they are seen now. */
  readonly processes: () => readonly { readonly agentId: string; readonly pid: number; readonly startTime: number }[];
}

/** How far a profile is. */
export type ProfileProgress =
  | { readonly kind: "inspector"; readonly step: string }
  | { readonly kind: "sampling"; readonly elapsedMs: number; readonly durationMs: number }
  | { readonly kind: "finishing" }
  | { readonly kind: "snapshot" };

/** Profiles a process, as the profiler does it. */
export interface ProfilerPort {
  /** @throws CodedError `profile.noProcess`, `profile.linuxOnly` */
  identify(pid: number): ProcessIdentity;
  commandOf(pid: number): string;
  inspectorRefusal(target: ProcessIdentity): Coded | null;
  /** @throws CodedError `profile.*`, `aborted` */
  runSession(
    asked: ProfileSessionAsked,
    world: {
      readonly save: (
        kind: ArtefactKind,
        pieces: Iterable<string> | AsyncIterable<string>,
      ) => Promise<ProfileArtefact | null>;
      readonly wallMs: () => number;
      readonly monotonicMs: () => number;
      /** The port of an inspector that is open now; `null` once there is none of ours. */
      readonly onInspector: (port: number | null) => void;
      readonly onProgress: (progress: ProfileProgress) => void;
      /** How the CPU of its main thread divides among functions, where that was found out. */
      readonly onStacks: (stacks: StackSummary) => void;
    },
    signal: AbortSignal,
  ): Promise<ProfileReport>;
  /** @throws CodedError `profile.*`, `aborted`; what else stands in the way is told in the report */
  dumpStacks(
    asked: { readonly target: ProcessIdentity; readonly command: string; readonly consent: boolean },
    signal: AbortSignal,
    onInspector: (port: number | null) => void,
  ): Promise<StackReport>;
  /** Closes an inspector that an engine before this one has left open. @returns what stays open @throws CodedError */
  closeLeftOver(target: ProcessIdentity, port: number): Promise<Coded | null>;
}

/** Who an agent is, for the preview of a profile. */
export interface ProfileAgent {
  readonly agentId: string;
  readonly swarmId: string;
  readonly pid: number;
  readonly startTime: number;
  readonly command: string;
  readonly openWork: readonly Coded[];
}

/** Profiles when somebody asks, one at a time. */
export interface ProfilingPort {
  /** @throws CodedError `profile.noProcess`, `profile.linuxOnly`, `profile.own` */
  preview(of: { readonly pid: number } | ProfileAgent): ProfilePreview;
  /** @throws CodedError `profile.*`, `aborted` */
  run(
    asked: Params["profile"],
    signal: AbortSignal,
    onProgress?: (progress: CallProgress) => void,
  ): Promise<ProfileReport>;
  /** This engine itself, from within. @throws CodedError `profile.*`, `aborted` */
  runEngine(
    asked: Params["profileEngine"],
    signal: AbortSignal,
    onProgress?: (progress: CallProgress) => void,
  ): Promise<ProfileReport>;
  /** The newest profile since the engine started; `null`: there was none. */
  latest(): ProfileReport | null;
  /** @throws CodedError `profile.*`, `inspector.*`, `aborted` */
  stacks(asked: Params["profileStacks"], signal: AbortSignal): Promise<StackReport>;
}
