import type { Clock } from "./common/clock.ts";
import { CodedError } from "./common/errors.ts";
import type { Sliced } from "./common/slices.ts";
import type { AccountsPort, BlamePort, MakeBlame } from "./ports.ts";
import type { BlameReport } from "./protocol/blame.ts";
import type { Overview } from "./protocol/rpc.ts";

const MINUTE_MS = 60_000;

export interface SwarmBlameParts {
  readonly accounts: Pick<AccountsPort, "sums">;
  readonly overview: () => Pick<Overview, "swarms">;
  readonly clock: Pick<Clock, "wallMs">;
  /** Lets everything else that is due run first. */
  readonly pause: () => Promise<void>;
  readonly makeBlame: MakeBlame;
}

/** Gathers what processes used over a range, from their accounts. Only minutes that are over have any. */
export class SwarmBlame implements BlamePort {
  readonly #parts: SwarmBlameParts;

  constructor(parts: SwarmBlameParts) {
    this.#parts = parts;
  }

  async report(
    { swarmId, by, ...asked }: Parameters<BlamePort["report"]>[0],
    signal: AbortSignal,
  ): Promise<BlameReport> {
    const { accounts, overview, clock, pause, makeBlame } = this.#parts;
    const overMs = Math.floor(clock.wallMs() / MINUTE_MS) * MINUTE_MS;
    const toMs = Math.min(Math.ceil(asked.toMs / MINUTE_MS) * MINUTE_MS, overMs);
    const fromMs = Math.min(Math.floor(asked.fromMs / MINUTE_MS) * MINUTE_MS, toMs);
    const slices = async <T>(work: Sliced<T>): Promise<T> => {
      for (;;) {
        const { done, value } = work.next();
        if (done === true) return value;
        await pause();
        if (signal.aborted) throw new CodedError("aborted", {});
      }
    };
    const read = await slices(accounts.sums(swarmId, fromMs, toMs, by === "cpu"));
    const { processes, measuredMinutes, measuredMs, oldestMs } = read;
    const { swarms } = overview();
    const labels = new Map(swarms.map(({ id, label }) => [id, label]));
    const stored = processes.find((one) => one.swarmLabel !== null)?.swarmLabel ?? null;
    if (swarmId !== null && !labels.has(swarmId) && processes.length === 0)
      throw new CodedError("swarm.unknown", { swarmId, known: [...labels.keys()].join(", ") });
    return {
      ...{ by, unit: by === "cpu" ? "seconds" : "bytes", swarmId, fromMs, toMs },
      swarmLabel: swarmId === null ? null : (labels.get(swarmId) ?? stored),
      ...(await slices(makeBlame(processes, by, measuredMs, labels))),
      ...{ rangeMinutes: (toMs - fromMs) / MINUTE_MS, measuredMinutes, measuredMs, oldestMs },
    };
  }
}
