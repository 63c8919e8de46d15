import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from "node:fs";
import type * as z from "zod/mini";
import { Emitter } from "../common/event.ts";
import type { SwarmMode } from "../protocol/model.ts";
import { type Coded, CodedError, isErrno, messageOf } from "../common/errors.ts";
import {
  type ConfigFile,
  configFile,
  type ConfigKey,
  type ConfigPatch,
  configPatch,
  type ConfigValues,
} from "../protocol/config.ts";

/**
 * The engine-owned `config.json`. A file that cannot be used is never overwritten silently and never half-used: the last
 * good one (kept beside it) stays in force and the problem is a notice that names the field.
 */
export class ConfigStore {
  readonly #path: string;
  readonly #changed = new Emitter<ConfigValues>();
  #file: ConfigFile;
  #problem: Coded | null = null;
  /** The revision at which each key was changed last, so that a conflict is found per key. */
  readonly #changedAt = new Map<ConfigKey, number>();

  readonly onChange = this.#changed.on;

  readonly #check: (values: ConfigValues) => void;

  /** @param check what a schema cannot say (regular expressions that compile); throws `config.invalid` */
  constructor(path: string, check: (values: ConfigValues) => void = () => undefined) {
    this.#path = path;
    this.#check = check;
    const read = readConfig(path);
    if (read.kind === "ok") this.#file = read.file;
    else {
      const good = read.kind === "invalid" ? readConfig(lastGood(path)) : read;
      this.#file = good.kind === "ok" ? good.file : configFile.parse({ version: 1 });
      if (read.kind === "invalid") this.#problem = read.problem;
    }
    for (const key of Object.keys(this.#file.sources) as ConfigKey[]) this.#changedAt.set(key, this.#file.revision);
  }

  get file(): ConfigFile {
    return this.#file;
  }

  get values(): ConfigValues {
    return this.#file.values;
  }

  /** Why `config.json` is not in force, or `null` when it is. */
  get problem(): Coded | null {
    return this.#problem;
  }

  /** @throws CodedError as `patch` */
  setMode(swarmId: string, mode: SwarmMode, source: string): void {
    const { values, revision } = this.#file;
    const change: ConfigPatch =
      swarmId === "demo"
        ? { demo: { ...values.demo, mode } }
        : { swarms: values.swarms.map((swarm) => (swarm.id === swarmId ? { ...swarm, mode } : swarm)) };
    this.patch(source, revision, change);
  }

  /**
   * Takes whole values by key.
   * @throws CodedError `config.invalid` {path, problem}, `config.conflict` {key, source, value}, `config.unwritable`
   */
  patch(source: string, baseRevision: number, patch: ConfigPatch): ConfigFile {
    const parsed = configPatch.safeParse(patch);
    if (!parsed.success) throw invalid("", parsed.error);
    const changes = Object.entries(parsed.data).filter(
      ([key, value]) => value !== undefined && !same(value, this.#file.values[key as ConfigKey]),
    ) as [ConfigKey, never][];
    for (const [key] of changes) {
      const holder = this.#file.sources[key];
      if (holder !== undefined && holder !== source && (this.#changedAt.get(key) ?? 0) > baseRevision) {
        throw new CodedError("config.conflict", {
          key,
          source: holder,
          value: JSON.stringify(this.#file.values[key]).slice(0, 500),
        });
      }
    }
    if (changes.length === 0) return this.#file;
    this.#check({ ...this.#file.values, ...Object.fromEntries(changes) });
    const revision = this.#file.revision + 1;
    const next: ConfigFile = {
      ...this.#file,
      revision,
      values: { ...this.#file.values, ...Object.fromEntries(changes) },
      sources: { ...this.#file.sources, ...Object.fromEntries(changes.map(([key]) => [key, source])) },
    };
    this.#write(next);
    this.#file = next;
    for (const [key] of changes) this.#changedAt.set(key, revision);
    this.#changed.emit(next.values);
    return next;
  }

  /** The file was removed while we ran: what is in force is written again. */
  restore(): void {
    if (!existsSync(this.#path) && this.#file.revision > 0) this.#write(this.#file);
  }

  #write(file: ConfigFile): void {
    const text = `${JSON.stringify(file, null, 2)}\n`;
    try {
      // A file that a person broke by hand may hold work of theirs: it is moved aside, not replaced.
      if (this.#problem !== null && existsSync(this.#path)) renameSync(this.#path, `${this.#path}.rejected`);
      replaceFile(lastGood(this.#path), text);
      replaceFile(this.#path, text);
      this.#problem = null;
    } catch (error) {
      throw new CodedError("config.unwritable", { path: this.#path, reason: messageOf(error) }, { cause: error });
    }
  }
}

type Read = { kind: "ok"; file: ConfigFile } | { kind: "absent" } | { kind: "invalid"; problem: Coded };

function readConfig(path: string): Read {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if (isErrno(error, "ENOENT")) return { kind: "absent" };
    return { kind: "invalid", problem: { code: "config.unreadable", args: { path, reason: messageOf(error) } } };
  }
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return {
      kind: "invalid",
      problem: { code: "config.invalid", args: { file: path, path: "", problem: messageOf(error) } },
    };
  }
  const parsed = configFile.safeParse(raw);
  return parsed.success
    ? { kind: "ok", file: parsed.data }
    : { kind: "invalid", problem: invalid(path, parsed.error).toJSON() };
}

function invalid(file: string, error: z.core.$ZodError): CodedError {
  const issue = error.issues[0];
  return new CodedError("config.invalid", {
    file,
    path: issue?.path.join(".") ?? "",
    problem: issue?.message ?? "unknown",
  });
}

const lastGood = (path: string) => `${path}.last-good`;

const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);

/** Durable and whole or not at all: written beside, flushed, renamed over. */
function replaceFile(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  const fd = openSync(temporary, "w", 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, path);
}
