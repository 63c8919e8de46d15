import { reasonOf } from "./failure.ts";
import type { VerbContext } from "./world.ts";

/** An engine just started has figures after its second tick, which is due within two seconds. */
const PATIENCE_MS = 5_000;
const INTERVAL_MS = 200;

/**
 * Asks again until an engine that has just started knows something. After `PATIENCE_MS` the answer is taken as it is:
 * what is still unknown is shown as unknown.
 * @throws whatever `ask` throws, `*.notReady` only after the patience has run out
 */
export async function firstSample<T>(
  context: VerbContext,
  ask: () => Promise<T>,
  complete: (answer: T) => boolean,
): Promise<T> {
  const deadline = context.monotonicMs() + PATIENCE_MS;
  for (;;) {
    const late = context.monotonicMs() >= deadline;
    try {
      const answer = await ask();
      if (late || complete(answer)) return answer;
    } catch (error) {
      if (late || !reasonOf(error).code.endsWith(".notReady")) throw error;
    }
    await context.delay(INTERVAL_MS, context.interrupt);
  }
}
