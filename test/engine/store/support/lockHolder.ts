import { CodedError } from "../../../../src/engine/common/errors.ts";
import { takeLock } from "../../../../src/engine/store/lock.ts";

/** Takes the lock named on the command line, says on stdout what came of it, and holds it until stdin ends. */
try {
  const lock = takeLock({ lock: process.argv[2] ?? "" });
  process.stdout.write(`${JSON.stringify({ epoch: lock.epoch })}\n`);
  process.stdin.resume().on("end", () => lock.release());
} catch (error) {
  process.stdout.write(`${JSON.stringify({ refused: error instanceof CodedError ? error.code : String(error) })}\n`);
}
