/** Screenshots that the README shows: `npm test -- editor --update-media` copies them to media/. */
export const README_PICTURES: ReadonlySet<string> = new Set([
  "agents-dark",
  "agents-light",
  "blame-dark",
  "breaker-open",
  "decisions",
  "forecast-dark",
  "forecast-light",
  "forecast-imported-dark",
  "forecast-imported-light",
  "scaling-dark",
  "scaling-light",
  "flame-dark",
  "flame-compared-dark",
  "profile-memory-dark",
  "profile-planted",
]);
