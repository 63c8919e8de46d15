/**
 * Asks again until the answer is neither `undefined`, `null` nor `false`.
 * @param what named in the error, with the last answer or error seen
 * @throws Error after `deadlineMs`
 */
export async function waitFor<T>(
  what: string,
  probe: () => T | undefined | null | false | Promise<T | undefined | null | false>,
  { deadlineMs = 10_000, everyMs = 100, show }: { deadlineMs?: number; everyMs?: number; show?: () => unknown } = {},
): Promise<T> {
  const begun = performance.now();
  let lastError: unknown;
  while (performance.now() - begun < deadlineMs) {
    try {
      const answer = await probe();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
      lastError = undefined;
    } catch (error) {
      lastError = error;
    }
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  const seen = show === undefined ? "" : `; last seen: ${JSON.stringify(await show())}`;
  throw new Error(`waited ${deadlineMs} ms for ${what}${seen}`, lastError === undefined ? {} : { cause: lastError });
}
