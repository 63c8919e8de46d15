/** Models of a forecast in words, by their names in the protocol. */
const MODELS: Readonly<Record<string, string>> = {
  naive: "Last value",
  snaive: "One season ago",
  ewma: "Moving average",
  median: "Rolling median",
  ets: "ETS",
  mstl: "MSTL",
  lstm: "LSTM network",
  rf: "Random forest",
  harmonic: "Harmonic curve",
  linear: "Linear regression",
  ensemble: "Ensemble",
};

/** `Last value (naive)`. A model that is not known here shows its own name. */
export function modelText(model: string): string {
  const words = Object.hasOwn(MODELS, model) ? MODELS[model] : undefined;
  return words === undefined ? model : words.toLowerCase() === model ? words : `${words} (${model})`;
}
