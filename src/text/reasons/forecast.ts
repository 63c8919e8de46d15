import { anomalyText } from "../anomaly.ts";
import type { ReasonTexts } from "../reasonArgs.ts";

/** Forecasts, and the child that makes them. */
export const forecastReasons: ReasonTexts = {
  "forecast.none": (a) => `There is no forecast${a.has("swarmId") ? ` of ${a.quoted("swarmId")}` : ""} yet.`,
  "replay.empty": () => "Nothing was measured, so there is no load to compare on.",
  "forecast.empty": () => "Nothing has been measured yet, so there is nothing to forecast from.",
  "forecast.tooShort": (a) =>
    `The history has ${a.count("steps", "step")}; a forecast that is tested before it is believed takes ${a.number("needed")}.`,
  "forecast.noSeasonYet": (a) =>
    `The history has ${a.count("steps", "step")}; the daily pattern is used from ${a.number("needed")} on, and without it no model is better than a simple rule.`,
  "forecast.holes": (a) =>
    `${a.number("missing")} of ${a.count("steps", "step")} of the history were not measured: too many to fill in.`,
  "forecast.endMissing": (a) =>
    `The last ${a.count("missing", "step")} were not measured, so the present is not known.`,
  "forecast.horizon": (a) =>
    `A horizon of ${a.count("asked", "step")} cannot be forecast; ask for 1 to ${a.number("most")}.`,
  "forecast.confidence": (a) => `A confidence of ${a.number("asked")} cannot be given; ask for 0.5 or more, below 1.`,
  "forecast.tooFewTests": (a) =>
    `There are too few tests on this history to give an interval for a confidence of ${a.number("confidence")}.`,
  "forecast.noBetter": (a) =>
    `The forecast is not better than the simple rule ${a.quoted("baseline")} on this history: the mean error of the rule is ${a.number("baselineMae")}, its own ${a.number("mae")}.`,
  "forecast.coverage": (a) =>
    `The interval of ${a.quoted("model")} was asked to hold a share of ${a.number("asked")} of the values, and held ${a.number("got")} in its tests.`,
  "forecast.inaccurate": (a) =>
    `Its accuracy in the tests is ${a.has("accuracy") ? `${a.number("accuracy")}%` : "not known"}, and swarm.forecast.minAccuracy asks for ${a.number("minAccuracy")}%.`,
  "forecast.untested": (a) =>
    `The models were not tested on the history of ${a.quoted("swarmId")} yet, so there is no interval for ${a.quoted("model")}.`,
  "forecast.silent": (a) =>
    `The model ${a.quoted("model")} says nothing of this history: it was not trained on it, or too little of it was tested.`,
  "forecast.progress": (a) => `Testing the models: ${a.number("percent")}%`,
  "forecast.predicting": (a) =>
    `Testing all models on the series of ${a.quoted("swarmId")}; this takes some tens of seconds.`,
  "model.version": (a) =>
    `The kept model ${a.quoted("model")} is of version ${a.number("version")}; this program reads version ${a.number("known")}. It is trained anew.`,
  "tensorFlow.native": (a) => `tfjs-node cannot be used here${a.optional("detail", ": ")}.`,
  "tensorFlow.wasm": (a) => `The WebAssembly back end cannot be used here${a.optional("detail", ": ")}.`,
  "forecast.unusual": (a) =>
    `The load is unlike the usual (${anomalyText(a.text("metric"), (key) => a.figure(key))}), and a forecast knows only the usual: the load of the moment decides.`,
  "forecast.stale": (a) => `The last forecast is over, and there is no new one yet${a.optional("detail", ": ")}.`,
  "heavy.deadline": (a) => `The background calculation took longer than ${a.duration("afterMs")} and was ended.`,
  "heavy.died": (a) =>
    `The background calculation ended unexpectedly (${a.has("signal") ? `signal ${a.text("signal")}` : `exit code ${a.number("exitCode")}`})${a.optional("stderr", "; its last words: ")}. It is started anew for the next one.`,
};
