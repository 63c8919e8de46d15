import type { ClientOptions, EngineConnection } from "../engine/client.ts";
import type { Coded } from "../engine/protocol/model.ts";
import type { ReadFile } from "../profiler/readProfile.ts";
import type { TableForecaster } from "./tableForecaster.ts";

/** Looks at one process: whether it, and not a later one with the same pid, is gone. */
export type GoneCheck = () => boolean;

/** Everything outside the command line, so that tests can bring their own. */
export interface CliWorld {
  readonly version: string;
  readonly distFolder: string;
  /** Aborted by Ctrl-C. */
  readonly interrupt: AbortSignal;
  readonly stdout: Output;
  readonly stderr: Output;
  /** Asks on the terminal; `null` where nobody can answer. */
  readonly confirm: ((question: string, signal: AbortSignal) => Promise<boolean>) | null;
  readonly connect: (options: ClientOptions, signal?: AbortSignal) => Promise<EngineConnection>;
  /** `-` is standard input. */
  readonly readFile: (path: string, signal: AbortSignal) => Promise<string>;
  /** The bytes of a file piece by piece, for one that may be larger than memory should be; `-` is standard input. */
  readonly readPieces: (path: string, signal: AbortSignal) => AsyncIterable<Uint8Array>;
  /**
   * The profiles of a file; `-` is standard input.
   * @throws CodedError `profile.*`, `aborted`
   */
  readonly readProfile: (path: string, signal: AbortSignal) => Promise<ReadFile>;
  /**
   * A new file, or with `replace` a whole new content of an existing one; readable by its owner only. Its absolute path.
   * @throws CodedError `file.exists`, `file.unwritable`
   */
  readonly writeFile: (path: string, content: string | Uint8Array, replace: boolean) => Promise<string>;
  /** Made absolute: the engine has another working directory. */
  readonly resolvePath: (path: string) => string;
  /** Loaded when first needed: no other verb pays for the models. */
  readonly loadForecaster: () => Promise<TableForecaster>;
  /** Serves agents over standard input and output until they end; loaded when first needed. @param start an engine when none runs */
  readonly serveAgents: (start: boolean) => Promise<void>;
  readonly watchProcess: (pid: number) => GoneCheck;
  /** For display and for "an hour ago". */
  readonly wallMs: () => number;
  readonly monotonicMs: () => number;
  /** Rejects when the signal is aborted. */
  readonly delay: (ms: number, signal: AbortSignal) => Promise<void>;
}

export interface Output {
  write(text: string): void;
  readonly colour: boolean;
  /** Cells of a terminal; `null` for a file or a pipe, which have no width. */
  readonly width: number | null;
  readonly terminal: boolean;
}

/** What a verb may reach. */
export interface VerbContext {
  readonly version: string;
  readonly interrupt: AbortSignal;
  readonly confirm: CliWorld["confirm"];
  readonly readFile: CliWorld["readFile"];
  readonly readPieces: CliWorld["readPieces"];
  readonly readProfile: CliWorld["readProfile"];
  readonly writeFile: CliWorld["writeFile"];
  readonly resolvePath: CliWorld["resolvePath"];
  readonly loadForecaster: CliWorld["loadForecaster"];
  readonly serveAgents: CliWorld["serveAgents"];
  readonly watchProcess: CliWorld["watchProcess"];
  readonly wallMs: CliWorld["wallMs"];
  readonly monotonicMs: CliWorld["monotonicMs"];
  readonly delay: CliWorld["delay"];
  /**
   * Joins the engine; closed when the verb has ended.
   * @throws CliFailure exit code 5 when there is none and none may or can be started
   */
  connect(start: boolean): Promise<EngineConnection>;
  /** A line for the person who waits; not part of the output. */
  tell(reason: Coded): void;
}
