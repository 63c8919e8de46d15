import type { PageReport } from "../../src/engine/protocol/forecastParts.ts";
import type { ForecastPageState, PageForecast, PageNow } from "../../src/engine/protocol/forecastPage.ts";
import { clockText } from "../../src/text/clock.ts";
import { countText, durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { modelText } from "../../src/text/models.ts";
import { loadText } from "../shared/loadText.ts";
import { shownForecast } from "./rows.ts";

/** The picture in words: the load now, when it will pass a threshold, and how many agents cover it. */
export function sentence(state: ForecastPageState): string {
  const { now, forecast, swarms, history } = state;
  if (now === null) {
    return swarms.length === 0
      ? "No swarm is running. Start the demo swarm, or one of yours, to see its load and its forecast."
      : "";
  }
  if (now.target === 0) return loadText(now);
  const parts = [loadText(now)];
  if (forecast === null) parts.push(history === null ? "Reading its history." : "Its forecast is being made.");
  else parts.push(forecast.ready ? outlook(now, forecast) : notReady(forecast));
  if (now.verdict !== null) parts.push(`The scaler: ${now.verdict}`);
  const imported = history?.imported.at(-1)?.toMs ?? null;
  if (imported !== null) parts.push(`What lies before ${dateText(imported)} was imported, not measured here.`);
  return parts.join(" ");
}

/** In the reader's manner of writing it: an import may be years long. */
function dateText(ms: number): string {
  return new Date(ms).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" });
}

function outlook(now: PageNow, { points, confidence }: PageForecast): string {
  const ahead = points.filter(({ atMs }) => atMs > now.wallMs);
  const passes = ahead.find(({ mean }) => now.live > 0 && mean / now.live > now.scaleUpAbove);
  const need = Math.ceil(Math.max(0, ...ahead.map(({ hi }) => hi)));
  const cover = `${need} ${need === 1 ? "agent covers" : "agents cover"} it with ${ratioText(confidence)} confidence.`;
  if (ahead.length === 0) return "The forecast is over; the next one is being made.";
  return passes === undefined
    ? `It is forecast to stay below ${numberText(now.scaleUpAbove)} for ${durationText((ahead.at(-1)?.atMs ?? 0) - now.wallMs)}; ${cover}`
    : `It will pass ${numberText(now.scaleUpAbove)} in ${durationText(passes.atMs - now.wallMs)}; ${cover}`;
}

function notReady({ reason, points }: PageForecast): string {
  const why = reason ?? "No forecast takes part.";
  return points.length === 0 ? why : `${why} What is drawn takes no part in decisions.`;
}

/** `mstl, made 4 s ago · 95% interval held 94% in back-tests`. */
export function madeText(forecast: PageForecast | null, nowMs: number): string {
  if (forecast === null || forecast.model === "none") return "";
  const held = forecast.coverage === null ? "" : ` held ${ratioText(forecast.coverage)} in back-tests`;
  const use = forecast.ready ? "takes part" : "takes no part";
  const ago = Math.max(0, nowMs - forecast.madeAtMs);
  return `Forecast: ${forecast.model}, ${use} · ${ratioText(forecast.confidence)} interval${held} · made ${durationText(ago)} ago`;
}

/** Whose points are drawn, when that is not the gate's choice. */
export function chosenText(state: ForecastPageState): string {
  const { chosen, forecast } = state;
  if (chosen === null) return "";
  const name = modelText(chosen.model);
  const gate =
    forecast === null || forecast.model === "none"
      ? "The scaler uses the gate's choice alone."
      : `The scaler uses the gate's choice alone: ${modelText(forecast.model)}${forecast.ready ? "" : ", and that only when it is ready"}.`;
  switch (chosen.forecast.kind) {
    case "none":
    case "asking":
      return `${name} is asked; until it answers, the gate's choice is drawn. ${gate}`;
    case "failed":
      return `${name} cannot be shown: ${chosen.forecast.text} The gate's choice is drawn. ${gate}`;
    case "known":
      return shownForecast(state)?.points.length === 0
        ? `${name} says nothing of this history, so nothing is drawn. ${gate}`
        : `Drawn is ${name}, for comparison. ${gate}`;
  }
}

/** Why the forecast takes part in decisions, or why not. */
export function verdictText(report: PageReport | null): string {
  if (report === null) return "No forecast was made yet, so no model was tested.";
  const { ready, reason, scores, baseline, confidence, model } = report;
  if (!ready) return `Not ready: ${reason ?? "no forecast takes part."}`;
  const own = scores.find((score) => score.model === model) ?? null;
  const rule = scores.find((score) => score.model === baseline) ?? null;
  const better =
    own?.mae == null || rule?.mae == null
      ? ""
      : `: its mean error is ${numberText(own.mae, 3)}, that of the best simple rule ${modelText(rule.model)} ${numberText(rule.mae, 3)}`;
  const held =
    own?.coverage == null
      ? ""
      : `; its ${ratioText(confidence)} interval held ${ratioText(own.coverage)} of the values that it had not seen`;
  return `Ready: ${modelText(model)} takes part in decisions${better}${held}.`;
}

/** What the tests rest on, and when they were made. */
export function testedText(report: PageReport | null, nowMs: number): string {
  if (report === null || report.assessedAtMs === null) return "";
  const { historySteps, stepMs, seasonSteps, assessedAtMs } = report;
  const season = seasonSteps === null ? "" : `, season of ${durationText(seasonSteps * stepMs)}`;
  return `Tested ${durationText(Math.max(0, nowMs - assessedAtMs))} ago on ${countText(historySteps, "step")} of ${durationText(stepMs)}${season}. Lower errors are better; MASE below 1 beats repeating the last value.`;
}

/** `LSTM network: trained 12 min ago on data up to 14:05, with wasm`, and what is trained now. */
export function trainingText(report: PageReport | null, nowMs: number): string {
  if (report === null) return "";
  const parts = report.learned.map(({ model, seenToMs, trainedAtMs, backend }) => {
    const when = trainedAtMs === null ? "trained" : `trained ${durationText(Math.max(0, nowMs - trainedAtMs))} ago`;
    const by = backend === null ? "" : `, with ${backend}`;
    return `${modelText(model)}: ${when} on data up to ${clockText(seenToMs, nowMs)}${by}.`;
  });
  if (report.trainingRatio !== null) parts.push(`LSTM network: training, ${ratioText(report.trainingRatio)}.`);
  return parts.length === 0 ? "No learned model is trained yet." : parts.join(" ");
}
