import type { EngineConnection } from "../engine/client.ts";
import type { CallProgress } from "../engine/protocol/progress.ts";
import type { ActionOutcome, Call } from "../engine/protocol/rpc.ts";
import type { Coded } from "../engine/protocol/model.ts";
import { type CliOutcome, exitCode, type ExitCode } from "../engine/protocol/cli.ts";
import { countText, durationText } from "../text/figures.ts";
import { reasonText } from "../text/reasons.ts";
import { CliFailure, reasonOf } from "./failure.ts";
import type { Line } from "./lines.ts";
import type { VerbContext } from "./world.ts";

/**
 * A call that changes something. The engine goes on with it whether or not somebody waits, so giving up is told as that,
 * and a lost answer is "unconfirmed", never "failed".
 * @param waiting what to say when Ctrl-C ends the wait @param onProgress how far it is, as the engine says it
 * @throws CliFailure 130 after Ctrl-C, 4 when the answer did not come; the engine's own refusal otherwise
 */
export async function act<P, R>(
  context: VerbContext,
  connection: EngineConnection,
  call: Call<P, R>,
  params: P,
  waiting: Coded,
  onProgress?: (progress: CallProgress) => void,
): Promise<R> {
  try {
    return await connection.call(call, params, context.interrupt, onProgress);
  } catch (error) {
    if (context.interrupt.aborted)
      throw new CliFailure(exitCode.interrupted, waiting.code, waiting.args, { cause: error });
    const reason = reasonOf(error);
    if (reason.code === "rpc.timeout" || reason.code === "rpc.closed") {
      throw new CliFailure(exitCode.unconfirmed, reason.code, reason.args, { cause: error });
    }
    throw error;
  }
}

/** @throws CliFailure when the engine refused: nothing was done */
export function accepted(outcome: ActionOutcome): CliOutcome {
  if (outcome.kind === "refused") throw new CliFailure(exitCode.failure, outcome.reason.code, outcome.reason.args);
  return outcome;
}

export function outcomeExit(outcome: { readonly kind: "confirmed" | "unconfirmed" }): ExitCode {
  return outcome.kind === "confirmed" ? exitCode.ok : exitCode.unconfirmed;
}

/** `confirmed in 1.2 s · 5 agents alive`, and the reason below when it is not. */
export function outcomeLines(outcome: CliOutcome, alive = true): Line[] {
  const live = alive ? ` · ${countText(outcome.live, "agent")} alive` : "";
  if (outcome.kind === "confirmed") {
    return [[{ text: "confirmed", tone: "good" }, ` in ${durationText(outcome.elapsedMs)}${live}`]];
  }
  return [
    [{ text: "unconfirmed", tone: "warn" }, ` after ${durationText(outcome.elapsedMs)}${live}`],
    [`  ${reasonText(outcome.reason)}`],
  ];
}
