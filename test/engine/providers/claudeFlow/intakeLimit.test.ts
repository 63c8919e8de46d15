import { expect, test } from "vitest";
import { IntakeLimit } from "../../../../src/engine/providers/claudeFlow/intakeLimit.ts";

test("lets a burst through and then so much a second, by bytes and by messages apart", () => {
  let now = 0;
  const rates = { bytes: { burst: 1_000, perSecond: 100 }, messages: { burst: 10, perSecond: 1 } };
  const byBytes = new IntakeLimit(() => now, rates);
  expect(byBytes.take(1_000, 0)).toBe(true);
  now = 500;
  expect(byBytes.take(50, 0)).toBe(true);
  expect(byBytes.take(1, 0)).toBe(false);

  const byMessages = new IntakeLimit(() => now, rates);
  for (let n = 0; n < 10; n++) expect(byMessages.take(0, 1)).toBe(true);
  expect(byMessages.take(0, 1)).toBe(false);
  // Never more at once than the burst, however long it was quiet, also by a clock that stands still or goes back.
  now = 1e9;
  expect(byMessages.take(0, 10)).toBe(true);
  now = 0;
  expect(byMessages.take(0, 1)).toBe(false);
});
