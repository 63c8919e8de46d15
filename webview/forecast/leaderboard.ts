import type { PageReport } from "../../src/engine/protocol/forecastParts.ts";
import type { ForecastScore } from "../../src/engine/protocol/model.ts";
import { durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { modelText } from "../../src/text/models.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";
import { testedText, trainingText, verdictText } from "./model.ts";

const ENSEMBLE = "ensemble";

/** How every model did on the same tests, and what follows from it. */
export class Leaderboard {
  readonly element: HTMLElement;
  readonly #verdict = element("p", { className: "verdict" });
  readonly #tested = element("p", { className: "when" });
  readonly #training = element("p", { className: "when" });
  readonly #grid = new Grid([
    { head: "Model", isFigure: false },
    { head: "Mean error", isFigure: true },
    { head: "MASE", isFigure: true },
    { head: "Accuracy", isFigure: true },
    { head: "Interval asked / held", isFigure: true },
    { head: "Interval score", isFigure: true },
    { head: "Fit", isFigure: true },
    { head: "Predict", isFigure: true },
  ]);
  #report: PageReport | null = null;

  constructor() {
    this.element = element(
      "div",
      { className: "leaderboard" },
      this.#verdict,
      this.#grid.element,
      this.#tested,
      this.#training,
    );
  }

  show(report: PageReport | null, shownModel: string | null): void {
    this.#report = report;
    setText(this.#verdict, clean(verdictText(report), 500));
    const scores = report?.scores ?? [];
    this.#grid.element.hidden = scores.length === 0;
    this.#grid.show(
      "All models on the same back-tests, best first.",
      scores.map((score) => rowOf(score, report, shownModel)),
    );
    this.showAge();
  }

  /** Called each second too: an age that stands still would be wrong. */
  showAge(): void {
    setText(this.#tested, clean(testedText(this.#report, Date.now()), 400));
    setText(this.#training, clean(trainingText(this.#report, Date.now()), 600));
  }
}

function rowOf(score: ForecastScore, report: PageReport | null, shownModel: string | null) {
  const { model, mae, mase, accuracy, coverage, intervalScore, fitMs, predictMs } = score;
  const tags = [
    ...(model === report?.baseline ? ["to beat"] : []),
    ...(model === report?.model && report.ready ? ["takes part"] : []),
    ...(model === shownModel ? ["drawn"] : []),
  ];
  const name = clean(modelText(model), 60);
  const dashed = (figure: number | null, text: (figure: number) => string): string =>
    figure === null ? "–" : text(figure);
  return {
    cells: [
      tags.length === 0 ? name : `${name} · ${tags.join(", ")}`,
      dashed(mae, (figure) => numberText(figure, 3)),
      dashed(mase, numberText),
      dashed(accuracy, (figure) => `${numberText(figure, 1)}%`),
      dashed(coverage, (figure) => `${ratioText(report?.confidence ?? null)} / ${ratioText(figure)}`),
      dashed(intervalScore, numberText),
      dashed(fitMs, durationText),
      dashed(predictMs, durationText),
    ],
    ...(model === ENSEMBLE ? { className: "ensemble" } : {}),
  };
}
