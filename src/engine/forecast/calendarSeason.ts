/** Seasons that people and their programs have, seconds. */
const USUAL_SECONDS = [3_600, 86_400, 604_800];
/** A season that is found may be off by so much: the peak of a noisy autocorrelation is broad. */
const TOLERANCE = 0.03;

/**
 * A season that was found in a series, or the hour, day or week that it nearly is.
 * @param season steps; `null` for none @param stepSeconds `null` when it is not known
 */
export function calendarSeason(season: number | null, stepSeconds: number | null): number | null {
  if (season === null || stepSeconds === null) return season;
  for (const seconds of USUAL_SECONDS) {
    const steps = seconds / stepSeconds;
    if (steps >= 2 && Math.abs(season - steps) <= TOLERANCE * steps) return Math.round(steps);
  }
  return season;
}
