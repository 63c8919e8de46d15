import type { Coded } from "../engine/protocol/model.ts";
import { exitCode, type ExitCode } from "../engine/protocol/cli.ts";

/** How a verb ends when it does not succeed: the reason and the exit code of the process. */
export class CliFailure extends Error {
  readonly reason: Coded;
  readonly exit: ExitCode;

  constructor(exit: ExitCode, code: string, args: Coded["args"] = {}, options?: ErrorOptions) {
    super(`${code} ${JSON.stringify(args)}`, options);
    this.name = "CliFailure";
    this.reason = { code, args };
    this.exit = exit;
  }
}

/** Something that must be typed differently. */
export function usageFailure(code: string, args: Coded["args"] = {}): CliFailure {
  return new CliFailure(exitCode.usage, code, args);
}

/**
 * The reason in whatever was thrown. By shape, not by class: the client's `CodedError` counts, an error of Node's (it has
 * a `code` and no `args`) does not.
 */
export function reasonOf(error: unknown): Coded {
  if (error instanceof CliFailure) return error.reason;
  if (error instanceof Error && "code" in error && "args" in error) {
    const { code, args } = error as { code: unknown; args: unknown };
    if (typeof code === "string" && typeof args === "object" && args !== null) {
      return { code, args: args as Coded["args"] };
    }
  }
  return { code: "internal", args: { message: error instanceof Error ? error.message : String(error) } };
}

/** Refusals of the engine, or of a file's reader, that mean what was typed and not how it went. */
const USAGE = new Set(["params.invalid", "config.invalid", "backup.relative", "csv.column", "csv.whichColumn"]);

/** Too little was measured yet. */
const NOT_READY: ReadonlySet<string> = new Set(["optimize.unmeasured", "optimize.noArrivals"]);

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof CliFailure) return error.exit;
  const { code } = reasonOf(error);
  if (USAGE.has(code)) return exitCode.usage;
  if (code.endsWith(".notReady") || NOT_READY.has(code)) return exitCode.notReady;
  if (code === "rpc.closed") return exitCode.noEngine;
  return exitCode.failure;
}
