import type { Duplex } from "node:stream";
import type { Disposable } from "../common/disposable.ts";
import { CodedError } from "../common/errors.ts";
import { Emitter } from "../common/event.ts";
import { LineSplitter } from "../common/lineSplitter.ts";
import type { KeeperPort, SpawnRequest, SpoolChunk } from "../ports.ts";
import {
  KEEPER_PROTOCOL,
  type KeeperEvent,
  type KeeperReply,
  type KeeperRequest,
  type KeptProcess,
  keeperEvent,
  keeperReply,
} from "../protocol/keeper.ts";

/** The longest reply is a list of some thousand processes or 1 MiB of output in base64; both are far below. */
const MAX_REPLY_BYTES = 16 << 20;
/** Requests that nobody waits for carry this id, and their replies are dropped. */
const NOBODY_WAITS = 0;

type WithoutId<T> = T extends unknown ? Omit<T, "id"> : never;
type Ask = WithoutId<KeeperRequest>;

interface Pending {
  readonly resolve: (reply: KeeperReply) => void;
  readonly reject: (error: CodedError) => void;
  readonly about: CodedError["args"];
}

export interface KeeperClientOptions {
  /** Of the lock that this engine holds; goes on every acting request. */
  readonly epoch: number;
  /** How long an answer may take, ms. */
  readonly deadlineMs?: number;
}

/**
 * The engine's end of the pipe to its keeper. Every call settles: with the answer, or with a `CodedError`
 * `keeper.<error of the protocol>` (`keeper.stale-epoch`, `keeper.spawn-failed`…), `keeper.deadline`, `keeper.aborted`,
 * `keeper.lost` or `keeper.protocol`. After a deadline or an abort the request may still have been carried out.
 */
export class KeeperClient implements KeeperPort {
  readonly keeperPid: number;
  readonly engineStarts: number;
  readonly onEvent: KeeperPort["onEvent"];
  /** The pipe is gone, and the keeper with it: once, with the reason. Late subscribers are told at once. */
  readonly onLost: (listener: (reason: CodedError) => void) => Disposable;
  readonly #link: Link;
  readonly #epoch: number;

  private constructor(link: Link, epoch: number, hello: { keeperPid: number; engineStarts: number }) {
    this.#link = link;
    this.#epoch = epoch;
    this.keeperPid = hello.keeperPid;
    this.engineStarts = hello.engineStarts;
    this.onEvent = link.events.on;
    this.onLost = link.onLost;
  }

  /**
   * Says hello and waits for the answer.
   * @throws CodedError as above; `keeper.protocol` when the keeper speaks an older protocol
   */
  static async connect(stream: Duplex, options: KeeperClientOptions, signal: AbortSignal): Promise<KeeperClient> {
    const { epoch, deadlineMs = 5_000 } = options;
    if (!Number.isSafeInteger(epoch) || epoch < 1) throw new RangeError(`epoch must be an integer ≥ 1, got ${epoch}`);
    if (!(deadlineMs > 0)) throw new RangeError(`deadlineMs must be > 0, got ${deadlineMs}`);
    const link = new Link(stream, deadlineMs);
    try {
      const { protocol, keeperPid, engineStarts } = await link.ask({ op: "hello", epoch }, signal);
      if (protocol === undefined || protocol < KEEPER_PROTOCOL || keeperPid === undefined) {
        throw new CodedError("keeper.protocol", { theirs: protocol ?? null, ours: KEEPER_PROTOCOL });
      }
      return new KeeperClient(link, epoch, { keeperPid, engineStarts: engineStarts ?? 1 });
    } catch (error) {
      link.close();
      throw error;
    }
  }

  async spawn(request: SpawnRequest, signal: AbortSignal): Promise<{ pid: number; startTime: number | null }> {
    const { spawnId, command, cwd, spoolBytes } = request;
    const reply = await this.#link.ask(
      {
        op: "spawn",
        epoch: this.#epoch,
        spawnId,
        command,
        cwd,
        spoolBytes,
        args: [...request.args],
        env: { ...request.env },
      },
      signal,
    );
    if (reply.pid === undefined) throw new CodedError("keeper.protocol", { op: "spawn", missing: "pid" });
    return { pid: reply.pid, startTime: reply.startTime ?? null };
  }

  async write(spawnId: string, data: string, signal: AbortSignal): Promise<void> {
    await this.#link.ask({ op: "write", epoch: this.#epoch, spawnId, data }, signal);
  }

  async closeStdin(spawnId: string, signal: AbortSignal): Promise<void> {
    await this.#link.ask({ op: "closeStdin", epoch: this.#epoch, spawnId }, signal);
  }

  async read(
    spawnId: string,
    stream: "stdout" | "stderr",
    offset: number,
    maxBytes: number,
    signal: AbortSignal,
  ): Promise<SpoolChunk> {
    const reply = await this.#link.ask({ op: "read", spawnId, stream, offset, maxBytes }, signal);
    if (reply.data === undefined || reply.offset === undefined || reply.endOffset === undefined) {
      throw new CodedError("keeper.protocol", { op: "read", missing: "data, offset or endOffset" });
    }
    return { data: Buffer.from(reply.data, "base64"), offset: reply.offset, endOffset: reply.endOffset };
  }

  async signal(spawnId: string, name: "SIGTERM" | "SIGINT" | "SIGKILL", signal: AbortSignal): Promise<boolean> {
    try {
      await this.#link.ask({ op: "signal", epoch: this.#epoch, spawnId, signal: name }, signal);
      return true;
    } catch (error) {
      if (error instanceof CodedError && error.code === "keeper.gone") return false;
      throw error;
    }
  }

  async list(signal: AbortSignal): Promise<readonly KeptProcess[]> {
    const { processes } = await this.#link.ask({ op: "list" }, signal);
    if (processes === undefined) throw new CodedError("keeper.protocol", { op: "list", missing: "processes" });
    return processes;
  }

  async forget(spawnId: string, signal: AbortSignal): Promise<void> {
    await this.#link.ask({ op: "forget", epoch: this.#epoch, spawnId }, signal);
  }

  async useEngine(folder: string, signal: AbortSignal): Promise<void> {
    await this.#link.ask({ op: "useEngine", epoch: this.#epoch, folder }, signal);
  }

  beat(): void {
    this.#link.tell({ op: "beat" });
  }

  /** Ends the connection; what is pending is rejected with `keeper.lost`. */
  close(): void {
    this.#link.close();
  }
}

/** Requests and replies by id over one stream. */
class Link {
  readonly events = new Emitter<KeeperEvent>();
  readonly #stream: Duplex;
  readonly #deadlineMs: number;
  readonly #lostEmitter = new Emitter<CodedError>();
  readonly #pending = new Map<number, Pending>();
  #nextId = NOBODY_WAITS + 1;
  #lost: CodedError | null = null;

  constructor(stream: Duplex, deadlineMs: number) {
    this.#stream = stream;
    this.#deadlineMs = deadlineMs;
    const lines = new LineSplitter(
      MAX_REPLY_BYTES,
      (line) => this.#receive(line),
      () => this.#lose(new CodedError("keeper.lost", { reason: `reply longer than ${MAX_REPLY_BYTES} bytes` })),
    );
    stream.on("data", (chunk: Buffer) => lines.push(chunk));
    stream.on("error", (error) =>
      this.#lose(new CodedError("keeper.lost", { reason: error.message }, { cause: error })),
    );
    stream.on("end", () => this.#lose(new CodedError("keeper.lost", { reason: "end of stream" })));
    stream.on("close", () => this.#lose(new CodedError("keeper.lost", { reason: "closed" })));
  }

  readonly onLost = (listener: (reason: CodedError) => void): Disposable => {
    const subscription = this.#lostEmitter.on(listener);
    const lost = this.#lost;
    if (lost !== null) queueMicrotask(() => listener(lost));
    return subscription;
  };

  ask(request: Ask, signal: AbortSignal): Promise<KeeperReply> {
    const about = { op: request.op, ...("spawnId" in request ? { spawnId: request.spawnId } : {}) };
    if (this.#lost !== null) return Promise.reject(this.#lost);
    if (signal.aborted) return Promise.reject(new CodedError("keeper.aborted", about));
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      // Whichever comes first settles it; all three then let go of the rest.
      const settle = (then: () => void): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", onAbort);
        this.#pending.delete(id);
        then();
      };
      const onAbort = (): void => settle(() => reject(new CodedError("keeper.aborted", about)));
      const timer = setTimeout(
        () => settle(() => reject(new CodedError("keeper.deadline", { ...about, afterMs: this.#deadlineMs }))),
        this.#deadlineMs,
      );
      signal.addEventListener("abort", onAbort, { once: true });
      this.#pending.set(id, {
        about,
        resolve: (reply) => settle(() => resolve(reply)),
        reject: (error) => settle(() => reject(error)),
      });
      this.#stream.write(`${JSON.stringify({ ...request, id })}\n`);
    });
  }

  tell(request: Ask): void {
    if (this.#lost === null) this.#stream.write(`${JSON.stringify({ ...request, id: NOBODY_WAITS })}\n`);
  }

  close(): void {
    this.#lose(new CodedError("keeper.lost", { reason: "closed by us" }));
  }

  #receive(line: string): void {
    let raw: unknown;
    try {
      raw = JSON.parse(line);
    } catch (error) {
      // The keeper writes whole lines of JSON only; anything else means the stream cannot be trusted any more.
      this.#lose(new CodedError("keeper.lost", { reason: "not JSON" }, { cause: error }));
      return;
    }
    if (typeof raw === "object" && raw !== null && "event" in raw) {
      // An event that a newer keeper has and we do not know is none of our business.
      const event = keeperEvent.safeParse(raw);
      if (event.success) this.events.emit(event.data);
      return;
    }
    const reply = keeperReply.safeParse(raw);
    if (!reply.success) {
      const id = (raw as { id?: unknown } | null)?.id;
      const pending = typeof id === "number" ? this.#pending.get(id) : undefined;
      const reason = reply.error.issues[0]?.message ?? "invalid";
      pending?.reject(new CodedError("keeper.protocol", { ...pending.about, reason }));
      return;
    }
    // No entry: answered after its deadline or abort, or nobody waits for it.
    const pending = this.#pending.get(reply.data.id);
    if (pending === undefined) return;
    const { ok, error, detail } = reply.data;
    if (ok) pending.resolve(reply.data);
    else pending.reject(new CodedError(`keeper.${error ?? "io"}`, { ...pending.about, detail: detail ?? null }));
  }

  #lose(reason: CodedError): void {
    if (this.#lost !== null) return;
    this.#lost = reason;
    this.#stream.destroy();
    for (const pending of [...this.#pending.values()]) pending.reject(reason);
    this.#lostEmitter.emit(reason);
    this.#lostEmitter.dispose();
    this.events.dispose();
  }
}
