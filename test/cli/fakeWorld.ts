import { runCli } from "../../src/cli/run.ts";
import { verbs } from "../../src/cli/verbs/all.ts";
import type { TableForecaster } from "../../src/cli/tableForecaster.ts";
import type { CliWorld } from "../../src/cli/world.ts";
import type { ClientOptions, EngineConnection } from "../../src/engine/client.ts";
import { type Coded, CodedError } from "../../src/engine/common/errors.ts";
import { params as paramSchemas } from "../../src/engine/protocol/params.ts";
import type { CallProgress } from "../../src/engine/protocol/progress.ts";
import { type Call, calls as allCalls } from "../../src/engine/protocol/rpc.ts";
import { decodeProfile } from "../../src/profiler/readProfile.ts";
import { NOW_MS } from "./samples.ts";

/** Answers to calls by method; a function gets the parameters and may throw what an engine would refuse with. */
export type Answers = Readonly<
  Record<
    string,
    (params: never, signal: AbortSignal | undefined, progress: (progress: CallProgress) => void) => unknown
  >
>;

export interface FakeRun {
  readonly exit: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly calls: readonly { readonly method: string; readonly params: unknown }[];
  readonly connects: readonly ClientOptions[];
  readonly disposed: number;
  /** Files written, by the path as typed. */
  readonly written: Readonly<Record<string, string>>;
  /** Those of them that are not text. */
  readonly writtenBytes: Readonly<Record<string, Uint8Array>>;
  /** stdout as the one JSON value it must be. */
  json(): unknown;
}

export interface FakeOptions {
  readonly answers?: Answers;
  readonly connectError?: Error;
  /** What the client tells while it connects. */
  readonly progress?: readonly Coded[];
  readonly confirm?: CliWorld["confirm"];
  readonly files?: Readonly<Record<string, string>>;
  /** Files that hold profiles. */
  readonly profiles?: Readonly<Record<string, string | Uint8Array>>;
  readonly colour?: boolean;
  readonly width?: number | null;
  readonly terminal?: boolean;
  readonly interrupt?: AbortController;
  readonly gone?: (pid: number) => boolean;
  readonly forecaster?: TableForecaster;
  /** Agents are served, and have ended. */
  readonly onServe?: (start: boolean) => void;
  /** Pid of the engine that the nth connection (from 0 on) meets. */
  readonly enginePid?: (connection: number) => number;
}

export const WORKING_FOLDER = "/work/here";
export const ENGINE_PID = 4200;
export const KEEPER_PID = 4100;

/** Runs one command line against a fake engine. Time passes only by `delay`. */
export async function runFake(args: readonly string[], options: FakeOptions = {}): Promise<FakeRun> {
  const calls: { method: string; params: unknown }[] = [];
  const connects: ClientOptions[] = [];
  const interrupt = options.interrupt ?? new AbortController();
  const written: Record<string, string> = {};
  const writtenBytes: Record<string, Uint8Array> = {};
  let disposed = 0;
  let stdout = "";
  let stderr = "";
  let nowMs = 0;

  const connection: EngineConnection = {
    info: {
      protocol: 1,
      version: "1.2.3",
      buildId: "b",
      epoch: 1,
      role: "operator",
      pid: ENGINE_PID,
      keeperPid: KEEPER_PID,
      startedAtMs: 0,
    },
    call: async <P, R>(
      call: Call<P, R>,
      params: P,
      signal?: AbortSignal,
      onProgress: (progress: CallProgress) => void = () => undefined,
    ): Promise<R> => {
      calls.push({ method: call.method, params });
      const accepted = schemaOf(call as Call<unknown, unknown>).safeParse(params);
      if (!accepted.success) throw new CodedError("params.invalid", { problem: accepted.error.message });
      const answer = options.answers?.[call.method];
      if (answer === undefined) throw new CodedError("method.unknown", { method: call.method });
      return (await answer(params as never, signal, onProgress)) as R;
    },
    subscribe: () => Promise.reject(new CodedError("method.unknown", { method: "subscribe" })),
    onClosed: () => ({ dispose: () => undefined }),
    dispose: () => void disposed++,
  };

  const output = (write: (text: string) => void) => ({
    write,
    colour: options.colour ?? false,
    width: options.width ?? null,
    terminal: options.terminal ?? false,
  });
  const world: CliWorld = {
    version: "9.8.7",
    distFolder: "/dist",
    interrupt: interrupt.signal,
    stdout: output((text) => void (stdout += text)),
    stderr: output((text) => void (stderr += text)),
    confirm: options.confirm ?? null,
    connect: (clientOptions) => {
      connects.push(clientOptions);
      for (const step of options.progress ?? []) clientOptions.onProgress?.(step);
      if (options.connectError !== undefined) return Promise.reject(options.connectError);
      const pid = options.enginePid?.(connects.length - 1) ?? ENGINE_PID;
      return Promise.resolve({ ...connection, info: { ...connection.info, pid } });
    },
    readFile: (path) => {
      const text = options.files?.[path];
      return text === undefined ? Promise.reject(new Error(`no file ${path}`)) : Promise.resolve(text);
    },
    readPieces: async function* (path) {
      const text = options.files?.[path];
      if (text === undefined) throw new Error(`no file ${path}`);
      // In pieces that end anywhere, as those of a file do.
      const bytes = new TextEncoder().encode(text);
      for (let at = 0; at < bytes.length; at += 1_000) yield bytes.subarray(at, at + 1_000);
    },
    readProfile: (path) => {
      const content = options.profiles?.[path];
      if (content === undefined)
        return Promise.reject(new CodedError("profile.unreadable", { file: path, reason: "ENOENT" }));
      return decodeProfile(typeof content === "string" ? new TextEncoder().encode(content) : content, path);
    },
    writeFile: (path, content, replace) => {
      if (!replace && options.files?.[path] !== undefined)
        return Promise.reject(new CodedError("file.exists", { path: `${WORKING_FOLDER}/${path}` }));
      if (typeof content === "string") written[path] = content;
      else writtenBytes[path] = content;
      return Promise.resolve(`${WORKING_FOLDER}/${path}`);
    },
    resolvePath: (path) => (path.startsWith("/") ? path : `${WORKING_FOLDER}/${path}`),
    loadForecaster: () =>
      options.forecaster === undefined
        ? Promise.reject(new Error("the models were loaded for nothing"))
        : Promise.resolve(options.forecaster),
    serveAgents: (start) => {
      options.onServe?.(start);
      return Promise.resolve();
    },
    wallMs: () => NOW_MS,
    watchProcess: (pid) => () => options.gone?.(pid) ?? true,
    monotonicMs: () => nowMs,
    delay: (ms, signal) => {
      nowMs += ms;
      return signal.aborted ? Promise.reject(new Error("aborted")) : Promise.resolve();
    },
  };
  const exit = await runCli(args, verbs, world);
  return {
    exit,
    stdout,
    stderr,
    calls,
    connects,
    disposed,
    written,
    writtenBytes,
    json: () => JSON.parse(stdout) as unknown,
  };
}

/** Waits like an engine that has not answered yet; rejects as the client does once the caller gives up. */
export function untilAborted(signal: AbortSignal | undefined): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal === undefined) reject(new Error("no signal was given"));
    else if (signal.aborted) reject(new CodedError("aborted"));
    else signal.addEventListener("abort", () => reject(new CodedError("aborted")), { once: true });
  });
}

/** What the engine would check the parameters of a call against. */
function schemaOf(call: Call<never, unknown> | Call<unknown, unknown>) {
  const name = (Object.keys(allCalls) as (keyof typeof allCalls)[]).find((key) => allCalls[key].method === call.method);
  if (name === undefined) throw new RangeError(`no call has the method ${call.method}`);
  return paramSchemas[name];
}
