import { type ChildProcess, spawn } from "node:child_process";
import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/client";
import { type Coded, CodedError, isErrno, messageOf } from "../../common/errors.ts";
import { LineSplitter } from "../../common/lineSplitter.ts";
import { cleanText } from "../../common/text.ts";
import { SPAWN_ID_VARIABLE } from "../../protocol/spawnId.ts";
import { IntakeLimit } from "./intakeLimit.ts";
import { endGroup, signalGroup } from "./ownGroup.ts";
import { type Withhold, withholdNothing } from "./withheld.ts";

/** A whole `tools/list` of 353 tools is 400 kB. */
export const MAX_MESSAGE_BYTES = 2 << 20;
const MAX_UNSENT_BYTES = 1 << 20;
const STDERR_KEPT = 4_096;
/** After the end of the process, how long its last output may take when something that it started keeps the pipe open. */
const EXIT_SETTLE_MS = 200;

export interface ChildPlan {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  /** Marks all that comes of it, so that what an engine that was killed leaves behind is found and ended by the next. */
  readonly spawnId: string;
  /** Takes secrets of ours out of its last words. */
  readonly withhold?: Withhold;
}

/**
 * MCP over the stdin and stdout of a process of its own group, ended with all that it has started. What it prints beside
 * messages is counted and passed over; a message that is too long ends the connection, for nobody could say whose answer
 * it was.
 */
export class ChildTransport implements Transport {
  readonly #plan: ChildPlan;
  readonly #lines: LineSplitter;
  readonly #intake = new IntakeLimit();
  #child: ChildProcess | null = null;
  #why: Coded | null = null;
  #stderr = "";
  #closed = false;
  #ended = false;
  #ending: Promise<void> | null = null;
  /** Lines of stdout that were no message. */
  strayLines = 0;
  onclose?: (() => void) | undefined;
  onerror?: ((error: Error) => void) | undefined;
  onmessage?: Transport["onmessage"];

  constructor(plan: ChildPlan) {
    this.#plan = plan;
    this.#lines = new LineSplitter(
      MAX_MESSAGE_BYTES,
      (line) => this.#line(line),
      () => this.#fail({ code: "mcp.tooLong", args: { bytes: MAX_MESSAGE_BYTES } }),
    );
  }

  get pid(): number | null {
    return this.#ended ? null : (this.#child?.pid ?? null);
  }

  /** Why the connection is over; `null` while it is not, or when we ended it. */
  get why(): Coded | null {
    return this.#why;
  }

  /** @throws CodedError `mcp.notStarted` */
  async start(): Promise<void> {
    const { command, args, cwd, env, spawnId } = this.#plan;
    const failed = (error: unknown): CodedError => {
      const reason = isErrno(error, "ENOENT") ? "not found" : cleanText(messageOf(error), 200);
      return new CodedError("mcp.notStarted", { command, reason });
    };
    let child: ChildProcess;
    try {
      child = spawn(command, args, {
        cwd,
        env: { ...env, [SPAWN_ID_VARIABLE]: spawnId },
        stdio: ["pipe", "pipe", "pipe"],
        detached: true,
        shell: false,
        windowsHide: true,
      });
    } catch (error) {
      throw failed(error);
    }
    this.#child = child;
    child.stdin?.on("error", () => undefined);
    child.stdout?.on("data", (chunk: Buffer) => {
      if (this.#takes(chunk.length, 0)) this.#lines.push(chunk);
    });
    child.stdout?.on("error", () => undefined);
    child.stderr?.on("data", (chunk: Buffer) => {
      if (this.#takes(chunk.length, 0)) this.#stderr = `${this.#stderr}${chunk.toString("utf8")}`.slice(-STDERR_KEPT);
    });
    child.stderr?.on("error", () => undefined);
    child.on("exit", (code, signal) => {
      this.#ended = true;
      setTimeout(() => this.#fail(this.#exitReason(code, signal)), EXIT_SETTLE_MS);
    });
    child.on("close", (code, signal) => this.#fail(this.#exitReason(code, signal)));
    await new Promise<void>((resolve, reject) => {
      child.once("spawn", resolve);
      child.once("error", (error) => {
        this.#ended = true;
        reject(failed(error));
      });
    });
  }

  // oxlint-disable-next-line require-await -- the interface's; a throw must become a rejection
  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (this.#closed || stdin === null || stdin === undefined || !stdin.writable)
      throw new CodedError(this.#why?.code ?? "mcp.closed", this.#why?.args ?? {});
    if (stdin.writableLength > MAX_UNSENT_BYTES)
      throw new CodedError("mcp.notReading", { bytes: stdin.writableLength });
    stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** Resolves when nothing of it is alive. */
  close(): Promise<void> {
    this.#closed = true;
    this.#ending ??= this.#end();
    return this.#ending;
  }

  /**
   * For the end of the engine, which waits for nobody: what does not leave now is found by the sweep of the next start. One
   * that was asked to leave before, and has not, is not asked again.
   */
  abandon(): void {
    this.#closed = true;
    this.#child?.stdin?.end();
    const name = this.#ending === null ? "SIGTERM" : "SIGKILL";
    if (this.#child !== null) signalGroup(this.#plan.spawnId, { pid: this.#child.pid, ended: this.#ended }, name);
  }

  async #end(): Promise<void> {
    const child = this.#child;
    if (child !== null && child.pid !== undefined) {
      child.stdin?.end();
      const isEnded = (): boolean => this.#ended;
      await endGroup(this.#plan.spawnId, {
        pid: child.pid,
        get ended() {
          return isEnded();
        },
      });
      for (const stream of [child.stdin, child.stdout, child.stderr]) stream?.destroy();
    }
    this.#told();
  }

  /** @returns whether it is taken: what floods us is read no further, and ended */
  #takes(bytes: number, messages: number): boolean {
    if (this.#closed) return false;
    const takes = this.#intake.take(bytes, messages);
    if (!takes) this.#fail({ code: "mcp.flood", args: {} });
    return takes;
  }

  #line(line: string): void {
    if (line.trim() === "" || !this.#takes(0, 1)) return;
    let message: unknown;
    try {
      message = JSON.parse(line);
    } catch {
      // A log on stdout, which is no place for one: the next line may well be a message.
      this.strayLines++;
      return;
    }
    if (!isMessage(message)) {
      this.strayLines++;
      return;
    }
    this.onmessage?.(message);
  }

  #exitReason(code: number | null, signal: NodeJS.Signals | null): Coded {
    return {
      code: "mcp.ended",
      args: { exitCode: code, signal, stderr: lastWords((this.#plan.withhold ?? withholdNothing)(this.#stderr)) },
    };
  }

  #fail(why: Coded): void {
    if (this.#closed) return;
    this.#why = why;
    this.#told();
    // What it has started may be alive, and nobody speaks to it any more.
    void this.close();
  }

  #isTold = false;
  #told(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    this.onclose?.();
  }
}

/** The line that names the error, where one does: what follows it is mostly a stack. */
function lastWords(stderr: string): string {
  const lines = stderr.split("\n").filter((line) => line.trim() !== "");
  const named = lines.findLast((line) => /^\s*(?:\w*Error\b|error:|fatal)/i.test(line));
  return cleanText(named ?? lines.slice(-3).join(" "), 300);
}

/** Enough to be handed on; the client checks what it asked for. */
function isMessage(value: unknown): value is JSONRPCMessage {
  return typeof value === "object" && value !== null && (value as { jsonrpc?: unknown }).jsonrpc === "2.0";
}
