import type { Coded } from "../../engine/common/errors.ts";
import type { ArtefactKind, ProfileArtefact, ProfileComponent } from "../../engine/protocol/profiling.ts";
import type { Profile } from "../profile.ts";
import type { Inspector } from "./inspector.ts";
import type { TargetIdentity } from "./procTarget.ts";

/** Keeps a file for later. `null` when it could not be written: no profile is lost for that. */
export type SaveArtefact = (
  kind: ArtefactKind,
  pieces: AsyncIterable<string> | Iterable<string>,
) => Promise<ProfileArtefact | null>;

/** What sources need of an inspector, whether it is another process's or our own. */
export interface TargetInspector extends Pick<Inspector, "call" | "on" | "evaluate"> {
  /** Where it listens; `null`: nowhere, it is reached from within. */
  readonly port: number | null;
}

/** What one source has to work with. */
export interface SourceContext {
  readonly target: TargetIdentity;
  readonly command: string;
  readonly durationMs: number;
  readonly startedAtMs: number;
  /** `null` where none could be had: `inspectorReason` says why. */
  readonly inspector: TargetInspector | null;
  readonly inspectorReason: Coded | null;
  /** Aborted when nobody waits any more. */
  readonly signal: AbortSignal;
  readonly save: SaveArtefact;
  /** A profile of the main thread was made. */
  readonly onMainProfile: (profile: Profile) => void;
  /** From the start of the profile. */
  readonly elapsedMs: () => number;
}

/** A source at work. */
export interface RunningSource<R> {
  /** How often it looks; `null`: it needs no looks between its start and its end. */
  readonly everyMs: number | null;
  look(): Promise<void>;
  /** Ends the work, whatever came of it. @throws CodedError what stands against a result */
  finish(): Promise<R>;
  /** Ends it without a result. Never throws. */
  abandon(): Promise<void>;
}

/** One component of a profile. A new one is one file and one line in `all.ts`. */
export interface ProfileSource<C extends ProfileComponent, R> {
  readonly component: C;
  /** It tells more, or anything at all, through an inspector. */
  readonly wantsInspector: boolean;
  /** @throws CodedError why there is nothing to be had */
  start(context: SourceContext): Promise<RunningSource<R>>;
}
