import { appendFileSync, existsSync, renameSync, statSync } from "node:fs";
import type { Clock } from "../common/clock.ts";
import { cleanText } from "../common/text.ts";
import { Emitter } from "../common/event.ts";
import type { Coded } from "../common/errors.ts";
import type { Log } from "../ports.ts";
import type { LogRecord, LogTail } from "../protocol/rpc.ts";

/** Fields that may be written. Whatever else a caller passes is left out: no command line, environment or token gets in. */
const ALLOWED = new Set(
  "swarmId agentId pid code reason command exitCode signal stderr how from to target live path port version buildId epoch folder count ended failed byMs intervalMs name key source client role method message field problem file line owner fallback seconds ms bytes crashes pids".split(
    " ",
  ),
);

const MAX_FILE_BYTES = 5 << 20;
const TAIL = 500;

/** Structured log: one JSON object a line in `<state>/log/engine-events.log` (one older file kept), the newest in memory for the views. */
export class FileLog implements Log {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #tail: (LogRecord & { number: number })[] = [];
  readonly #added = new Emitter<void>();
  readonly onAdded = this.#added.on;
  #number = 0;
  #size: number;
  /** Lines that could not be written, said once writing works again. */
  #lost = 0;

  constructor(path: string, clock: Clock) {
    this.#path = path;
    this.#clock = clock;
    this.#size = existsSync(path) ? statSync(path).size : 0;
  }

  debug(code: string, args: Coded["args"] = {}): void {
    this.#write("debug", code, args);
  }
  info(code: string, args: Coded["args"] = {}): void {
    this.#write("info", code, args);
  }
  warn(code: string, args: Coded["args"] = {}): void {
    this.#write("warn", code, args);
  }
  error(code: string, args: Coded["args"] = {}): void {
    this.#write("error", code, args);
  }

  tail(): LogTail {
    return { records: [...this.#tail] };
  }

  #write(level: LogRecord["level"], code: string, args: Coded["args"]): void {
    const kept = Object.fromEntries(
      Object.entries(args)
        .filter(([key]) => ALLOWED.has(key))
        .map(([key, value]) => [key, typeof value === "string" ? cleanText(value, 500) : value]),
    );
    const record = { number: ++this.#number, wallMs: this.#clock.wallMs(), level, code, args: kept };
    this.#tail.push(record);
    if (this.#tail.length > TAIL) this.#tail.shift();
    try {
      const line = `${JSON.stringify(this.#lost > 0 ? { ...record, lostBefore: this.#lost } : record)}\n`;
      if (this.#size + line.length > MAX_FILE_BYTES) {
        renameSync(this.#path, `${this.#path}.1`);
        this.#size = 0;
      }
      appendFileSync(this.#path, line, { mode: 0o600 });
      this.#size += line.length;
      this.#lost = 0;
    } catch {
      // A full disk must not stop the engine for want of a log line; the tail in memory has it, and the count is told.
      this.#lost++;
    }
    this.#added.emit();
  }
}
