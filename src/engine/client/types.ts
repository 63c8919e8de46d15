import type { Coded } from "../common/errors.ts";
import type { Disposable } from "../common/disposable.ts";
import type { CallProgress } from "../protocol/progress.ts";
import type { Call, InitializeResult, Role, Topic, TopicStates } from "../protocol/rpc.ts";

export interface EngineConnection extends Disposable {
  readonly info: InitializeResult;
  /**
   * Rejects with a `CodedError`: the engine's refusal, `rpc.timeout`, `rpc.closed`, or `aborted`. Always settles.
   * @param onProgress how far it is, as the engine says it; never called by an older engine, nor after the call has settled
   */
  call<P, R>(
    call: Call<P, R>,
    params: P,
    signal?: AbortSignal,
    onProgress?: (progress: CallProgress) => void,
  ): Promise<R>;
  /** Listens to a topic; the first state arrives at once. Disposing unsubscribes. */
  subscribe<T extends Topic>(
    topic: T,
    looking: boolean,
    listener: (state: TopicStates[T], seq: number) => void,
  ): Promise<Disposable>;
  readonly onClosed: (listener: (reason: Coded) => void) => Disposable;
}

export interface ClientOptions {
  readonly role: Role;
  readonly client: {
    readonly name: string;
    readonly version: string;
    readonly kind: "editor" | "cli" | "agent" | "test";
  };
  /** Start one when none runs. */
  readonly start: boolean;
  /** Folder with engine.js, keeper.js and the demo's scripts of this installation: copied to the state folder, run from there. */
  readonly distFolder: string;
  /** `swarm.nodePath`: tried first. */
  readonly nodePath?: string;
  /** Steps worth telling while it takes long: `engine.copying`, `engine.starting`, `engine.waiting`, `engine.handingOver`, and notices. */
  readonly onProgress?: (step: Coded) => void;
}

/** What a reconnecting session is doing. Each state carries only what it knows. */
export type SessionState =
  | { readonly kind: "idle" }
  | { readonly kind: "connecting"; readonly sinceMs: number; readonly attempt: number }
  | { readonly kind: "connected"; readonly info: InitializeResult }
  /** Lost or refused; tries again at `retryAtMs` (wall). */
  | { readonly kind: "waiting"; readonly reason: Coded; readonly retryAtMs: number }
  /** Given up until `restart()`. */
  | { readonly kind: "failed"; readonly reason: Coded };
