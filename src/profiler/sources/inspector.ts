import { type Coded, CodedError } from "../../engine/common/errors.ts";
import { type Kill, sendSignal } from "../../engine/common/sendSignal.ts";
import { checkInspectable, isLoopback, newSocket, untilInterruptible } from "./inspectorPort.ts";
import { debuggerUrl, DevtoolsConnection } from "./devtools.ts";
import {
  checkIdentity,
  isThere,
  listeningPorts,
  socketInodes,
  type SocketRow,
  tcpSockets,
  type TargetIdentity,
} from "./procTarget.ts";
import { pause } from "./waiting.ts";

/** From the signal to a port that listens; a process that is busy with something else than JavaScript takes longer. */
const OPEN_MS = 5_000;
/** For a moment in which the signal does no harm. */
const PATIENCE_MS = 1_000;
const CONNECT_MS = 2_000;
const CALL_MS = 5_000;
const CLOSE_MS = 1_000;
const POLL_MS = 10;

/** Where an attachment is, for those who wait, and for tests that end the target there. */
export const INSPECTOR_STEPS = ["checked", "signalled", "listening", "connected", "closing", "closed"] as const;
export type InspectorStep = (typeof INSPECTOR_STEPS)[number];

export interface AttachOptions {
  readonly signal: AbortSignal;
  readonly kill?: Kill;
  readonly onStep?: (step: InspectorStep) => void;
}

/** `require` stands for the old ones that have no `getBuiltinModule`; the console's API brings it. */
const BUILTIN = (name: string) => `(process.getBuiltinModule ?? require)("node:${name}")`;

/**
 * The inspector of a Node process, opened by us for a while. Whoever attaches must detach: the process is then as it was, but
 * for two lines on its standard error that Node itself writes.
 */
export class Inspector {
  readonly #target: TargetIdentity;
  readonly #connection: DevtoolsConnection;
  readonly #port: number;
  readonly #onStep: (step: InspectorStep) => void;

  private constructor(
    target: TargetIdentity,
    connection: DevtoolsConnection,
    port: number,
    onStep: (step: InspectorStep) => void,
  ) {
    this.#target = target;
    this.#connection = connection;
    this.#port = port;
    this.#onStep = onStep;
  }

  /**
   * @throws CodedError `inspector.*` and `profile.*`: not possible, and nothing was touched; `inspector.notOpened`: the signal was
   * sent and nothing came of it; `profile.ended`; `aborted`
   */
  static async attach(target: TargetIdentity, options: AttachOptions): Promise<Inspector> {
    const { signal, kill = (pid, name) => process.kill(pid, name), onStep = () => undefined } = options;
    const { pid } = target;
    if (signal.aborted) throw new CodedError("aborted");
    checkInspectable(target);
    const before = listeningPorts(pid);
    onStep("checked");
    // 1. A moment for the signal, and the identity once more right before it.
    await untilInterruptible(target, PATIENCE_MS, signal);
    checkIdentity(target);
    if (!sendSignal(kill, { pid, wholeGroup: false }, "SIGUSR1")) throw new CodedError("profile.ended", { pid });
    onStep("signalled");
    // 2. It opens now, wanted or not: a caller who gives up is heard once it is open and can be closed.
    const patient = new AbortController().signal;
    let connection: DevtoolsConnection;
    let socket: SocketRow;
    try {
      socket = await newSocket(target, before, OPEN_MS, patient);
      onStep("listening");
      const url = await debuggerUrl(socket.port, pid, CONNECT_MS, patient);
      connection = await DevtoolsConnection.open(url, pid, CONNECT_MS, patient);
    } catch (error) {
      if (!isThere(target)) throw new CodedError("profile.ended", { pid }, { cause: error });
      throw error;
    }
    onStep("connected");
    const inspector = new Inspector(target, connection, socket.port, onStep);
    if (signal.aborted || !isLoopback(socket)) {
      await inspector.detach();
      throw signal.aborted ? new CodedError("aborted") : new CodedError("inspector.notLoopback", { pid });
    }
    return inspector;
  }

  /**
   * Closes an inspector that was opened by us and whose connection was lost with the one who had it. Whatever else listens
   * there, or has become of the process, is left alone.
   */
  static async closeLeftOver(target: TargetIdentity, port: number): Promise<Coded | null> {
    if (!isThere(target) || !listeningPorts(target.pid).some((socket) => socket.port === port)) return null;
    checkIdentity(target);
    const signal = new AbortController().signal;
    const url = await debuggerUrl(port, target.pid, CONNECT_MS, signal);
    const connection = await DevtoolsConnection.open(url, target.pid, CONNECT_MS, signal);
    return new Inspector(target, connection, port, () => undefined).detach();
  }

  /** Lets go of the connection and leaves the inspector open, as one who is killed does. */
  drop(): void {
    this.#connection.close();
  }

  get port(): number {
    return this.#port;
  }

  /** @throws CodedError `inspector.*`, `profile.ended`, `aborted` */
  async call<R>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    deadlineMs = CALL_MS,
  ): Promise<R> {
    try {
      return await this.#connection.call<R>(method, params, deadlineMs, signal);
    } catch (error) {
      const isLost =
        error instanceof CodedError && (error.code === "inspector.lost" || error.code === "inspector.silent");
      if (isLost && !isThere(this.#target)) throw new CodedError("profile.ended", { pid: this.#target.pid });
      throw error;
    }
  }

  on(method: string, listener: (params: unknown) => void): () => void {
    return this.#connection.on(method, listener);
  }

  /**
   * The value of an expression in the process; `perf_hooks` and others by `builtin`.
   * @throws as `call`; CodedError `inspector.refused` when it throws there
   */
  async evaluate(expression: string, signal: AbortSignal, deadlineMs = CALL_MS): Promise<unknown> {
    const answer = await this.call<Evaluation>("Runtime.evaluate", { expression, ...EVALUATE }, signal, deadlineMs);
    return evaluated(answer, this.#target.pid);
  }

  /**
   * Closes the inspector and looks whether its port is gone. Never throws and never waits long: what could not be closed is
   * said. A debugger that somebody else has connected meanwhile keeps the inspector.
   * @returns what was left open, or `null`
   */
  async detach(): Promise<Coded | null> {
    this.#onStep("closing");
    const { pid } = this.#target;
    const left = (code: "inspector.leftOpen" | "inspector.shared"): Coded => ({
      code,
      args: { pid, port: this.#port },
    });
    try {
      if (!isThere(this.#target)) return null;
      if (this.#connections() > 1) return left("inspector.shared");
      const never = new AbortController().signal;
      // The answer goes down with the connection; that it is closed is seen at the port.
      const expression = `${BUILTIN("inspector")}.close()`;
      const params = { expression, includeCommandLineAPI: true, silent: true };
      const closing = this.#connection.call("Runtime.evaluate", params, CLOSE_MS, never).catch(() => undefined);
      await Promise.race([closing, this.#connection.closed]);
      for (const began = performance.now(); performance.now() - began < CLOSE_MS; await pause(POLL_MS, never))
        if (!isThere(this.#target) || !this.#listens()) return null;
      return left("inspector.leftOpen");
    } catch (error) {
      // Ended between two looks: then nothing is open.
      if (!isThere(this.#target)) return null;
      return error instanceof CodedError && error.code !== "aborted" ? error.toJSON() : left("inspector.leftOpen");
    } finally {
      this.#connection.close();
      this.#onStep("closed");
    }
  }

  #listens(): boolean {
    return listeningPorts(this.#target.pid).some(({ port }) => port === this.#port);
  }

  /** Connected debuggers, ours among them. */
  #connections(): number {
    const own = socketInodes(this.#target.pid);
    return tcpSockets(this.#target.pid).filter(
      ({ listens, port, inode }) => !listens && port === this.#port && own.has(inode),
    ).length;
  }
}

export const EVALUATE = { includeCommandLineAPI: true, returnByValue: true, silent: true } as const;

/** Answer of `Runtime.evaluate`. */
export interface Evaluation {
  readonly result?: { readonly value?: unknown };
  readonly exceptionDetails?: { readonly exception?: { readonly description?: unknown }; readonly text?: unknown };
}

/** @throws CodedError `inspector.refused` when the expression threw */
export function evaluated({ result, exceptionDetails }: Evaluation, pid: number): unknown {
  if (exceptionDetails === undefined) return result?.value;
  const message = String(exceptionDetails.exception?.description ?? exceptionDetails.text ?? "");
  throw new CodedError("inspector.refused", { pid, message: message.slice(0, 300) });
}

/** As an expression in the process, a module of Node's own. */
export { BUILTIN as builtin };
