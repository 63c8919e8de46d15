/**
 * Many calls of one moment become one: `run` follows the first of them after `ms`, whatever came meanwhile.
 * The timer does not keep the process alive.
 */
export function coalesced(ms: number, run: () => void): () => void {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      run();
    }, ms).unref();
  };
}
