import { Session } from "node:inspector";
import { type Coded, CodedError, messageOf } from "../../engine/common/errors.ts";
import { evaluated, type Evaluation, EVALUATE } from "./inspector.ts";
import type { TargetInspector } from "./source.ts";
import { within } from "./waiting.ts";

const CALL_MS = 5_000;

/** The inspector of this very process, from within: no port is opened and nothing is signalled. */
export class OwnInspector implements TargetInspector {
  readonly port = null;
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /** @throws CodedError `inspector.notAvailable` where this Node was built without one */
  static open(): OwnInspector {
    try {
      const session = new Session();
      session.connect();
      return new OwnInspector(session);
    } catch (error) {
      throw new CodedError("inspector.notAvailable", { reason: messageOf(error) }, { cause: error });
    }
  }

  /** @throws CodedError `inspector.refused`, `inspector.silent`, `aborted` */
  async call<R>(
    method: string,
    params: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    deadlineMs = CALL_MS,
  ): Promise<R> {
    const { pid } = process;
    const answer = new Promise<R>((resolve, reject) => {
      this.#session.post(method, params, (error: Error | { readonly message?: unknown } | null, result?: unknown) => {
        if (error === null) return resolve((result ?? {}) as R);
        reject(new CodedError("inspector.refused", { pid, message: String(error.message).slice(0, 300) }));
      });
    });
    return within(answer, deadlineMs, signal, () => new CodedError("inspector.silent", { pid, method }));
  }

  on(method: string, listener: (params: unknown) => void): () => void {
    const heard = ({ params }: { readonly params?: unknown }) => listener(params);
    this.#session.on(method, heard);
    return () => void this.#session.off(method, heard);
  }

  /** @throws as `call`; CodedError `inspector.refused` when it throws */
  async evaluate(expression: string, signal: AbortSignal, deadlineMs = CALL_MS): Promise<unknown> {
    const answer = await this.call<Evaluation>("Runtime.evaluate", { expression, ...EVALUATE }, signal, deadlineMs);
    return evaluated(answer, process.pid);
  }

  /** Ends what was begun with it. Never throws. */
  detach(): Promise<Coded | null> {
    this.#session.disconnect();
    return Promise.resolve(null);
  }
}
