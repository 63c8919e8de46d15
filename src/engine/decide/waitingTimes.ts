/** Halvings of the longest wait: 2⁻⁴⁰ of a month is microseconds. */
const HALVINGS = 40;

/**
 * How long work waited, first come first served: the time between the moment at which the cumulated work that came passes
 * an amount, and the moment at which the cumulated work that was served does. Within a step work comes evenly and is served
 * evenly. Work that is never served has waited to the end, which is the least that can be said of it.
 *
 * @param arrived agent-seconds that came in each step @param served that were served in it
 * @param fromStep work that came before is not counted
 * @returns the wait that `share` of the work does not exceed, in seconds; 0 when none came
 */
export function waitingQuantile(
  arrived: Float64Array,
  served: Float64Array,
  stepSeconds: number,
  share: number,
  fromStep = 0,
): number {
  const steps = arrived.length;
  // 1. Both curves cut into pieces in which each is a straight line: at most one piece a step and curve.
  const amounts = new Float64Array(2 * steps + 2);
  const firsts = new Float64Array(2 * steps + 2);
  const lasts = new Float64Array(2 * steps + 2);
  let pieces = 0;
  let total = 0;
  let atOnce = 0;
  let longest = 0;
  let out = 0;
  let outLeft = steps > 0 ? (served[0] as number) : 0;
  for (let step = 0; step < steps; step++) {
    const came = arrived[step] as number;
    let left = came;
    while (left > 0) {
      while (outLeft <= 0 && out < steps) {
        out++;
        outLeft = out < steps ? (served[out] as number) : Number.POSITIVE_INFINITY;
      }
      const amount = Math.min(left, outLeft);
      const cameAt = step + (came - left) / came;
      const cameTo = step + (came - left + amount) / came;
      let first = steps - cameAt;
      let last = steps - cameTo;
      if (out < steps) {
        const all = served[out] as number;
        first = out + (all - outLeft) / all - cameAt;
        last = out + (all - outLeft + amount) / all - cameTo;
      }
      left -= amount;
      // What rounding leaves of a step is no work.
      if (left < came * 1e-12) left = 0;
      outLeft -= amount;
      if (out < steps && outLeft < (served[out] as number) * 1e-12) outLeft = 0;
      if (step < fromStep) continue;
      total += amount;
      if (first <= 1e-9 && last <= 1e-9) {
        atOnce += amount;
        continue;
      }
      amounts[pieces] = amount;
      firsts[pieces] = Math.max(0, Math.min(first, last));
      lasts[pieces] = Math.max(first, last);
      longest = Math.max(longest, lasts[pieces] as number);
      pieces++;
    }
  }
  const wanted = share * total;
  if (!(total > 0) || atOnce >= wanted) return 0;

  // 2. The wait below which so much work lies, by halving.
  let low = 0;
  let high = longest;
  for (let turn = 0; turn < HALVINGS; turn++) {
    const middle = (low + high) / 2;
    let below = atOnce;
    for (let piece = 0; piece < pieces; piece++) {
      const first = firsts[piece] as number;
      const last = lasts[piece] as number;
      if (last <= middle) below += amounts[piece] as number;
      else if (first < middle) below += ((amounts[piece] as number) * (middle - first)) / (last - first);
    }
    if (below >= wanted) high = middle;
    else low = middle;
  }
  return high * stepSeconds;
}
