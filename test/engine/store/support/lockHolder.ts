import { CodedError } from "../../../../src/engine/common/errors.ts";
import { takeLock } from "../../../../src/engine/store/lock.ts";

/**
 * Says "ready", and at the first byte on stdin takes the lock named on the command line, says what came of it, and holds
 * it until stdin ends. The wait lets a test start several within the same fraction of a millisecond.
 */
process.stdout.write("ready\n");
process.stdin.once("data", () => {
  try {
    const lock = takeLock({ lock: process.argv[2] ?? "" });
    process.stdout.write(`${JSON.stringify({ epoch: lock.epoch })}\n`);
    process.stdin.on("end", () => lock.release());
  } catch (error) {
    process.stdout.write(`${JSON.stringify({ refused: error instanceof CodedError ? error.code : String(error) })}\n`);
    process.stdin.destroy();
  }
});
