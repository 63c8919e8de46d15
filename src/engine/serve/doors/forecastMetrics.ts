import { gauge, type Metric, type MetricFacts } from "./metric.ts";
import { managedSwarms, ofSwarms, seconds } from "./readers.ts";

/** A forecast that has not passed its gate is no figure to act on: only that it has not is told. */
export const forecastsMetrics: readonly Metric[] = [
  gauge(
    "forecast.ready",
    "{state}",
    "1 when the forecast of the demand has proved itself on this swarm's own history, 0 when it has not.",
    ofSwarms((row, facts) => {
      const forecast = facts.forecast(row.id);
      return forecast === null ? null : forecast.ready ? 1 : 0;
    }),
  ),
  gauge(
    "forecast.demand",
    "{agent}",
    "Demand at the next step and at the end of the horizon, with the bounds of its interval; only of a forecast that is ready. Derived.",
    (facts) =>
      managedSwarms(facts).flatMap(({ id }) => {
        const forecast = facts.forecast(id);
        if (forecast === null || !forecast.ready) return [];
        const ends = [
          ["next", forecast.points[0]],
          ["end", forecast.points.at(-1)],
        ] as const;
        return ends.flatMap(([at, point]) =>
          (["mean", "lo", "hi"] as const).map((bound) => ({
            value: point?.[bound],
            labels: { swarm: id, at, bound },
          })),
        );
      }),
  ),
  gauge(
    "forecast.horizon",
    "s",
    "How far ahead the end of the forecast is; only of one that is ready.",
    ofSwarms((row, facts) => {
      const forecast = facts.forecast(row.id);
      const last = forecast?.ready === true ? forecast.points.at(-1) : undefined;
      return last === undefined ? null : seconds(last.atMs - facts.overview.wallMs);
    }),
  ),
  gauge(
    "forecast.error",
    "1",
    "Sum of the errors of the model in use in its back-tests, in the sum of the values (WAPE). Derived.",
    ofSwarms((row, facts) => scoreOf(row.id, facts)?.wape),
  ),
  gauge(
    "forecast.coverage",
    "1",
    "Share of the values in its back-tests that fell inside the interval. Derived.",
    ofSwarms((row, facts) => scoreOf(row.id, facts)?.coverage),
  ),
  gauge(
    "forecast.age",
    "s",
    "Time since the latest forecast was made.",
    ofSwarms((row, facts) => {
      const forecast = facts.forecast(row.id);
      return forecast === null ? null : seconds(Math.max(0, facts.overview.wallMs - forecast.madeAtMs));
    }),
  ),
];

function scoreOf(swarmId: string, facts: MetricFacts) {
  const forecast = facts.forecast(swarmId);
  return forecast?.scores.find(({ model }) => model === forecast.model);
}
