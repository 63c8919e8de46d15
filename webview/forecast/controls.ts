import type { ExportKind } from "../../src/engine/protocol/forecastExport.ts";
import { MODEL_NAMES, type ModelName } from "../../src/engine/protocol/forecast.ts";
import type { ForecastPageState } from "../../src/engine/protocol/forecastPage.ts";
import { modelText } from "../../src/text/models.ts";
import { clean, element, setOptions, setText } from "../shared/elements.ts";
import { chosenText } from "./model.ts";

export interface ControlActions {
  readonly chooseModel: (model: ModelName | null) => void;
  readonly setSaid: (shown: boolean) => void;
  readonly export: (kind: ExportKind) => void;
}

/** No model's name. */
const AUTOMATIC = "";

/** What is drawn, and what is done with it: at the side of the picture. */
export class Controls {
  readonly element: HTMLElement;
  readonly #model = element("select");
  readonly #chosen = element("p", { className: "when" });
  readonly #said = element("input");
  readonly #status = element("p", { className: "when" });
  readonly #exports: readonly HTMLButtonElement[];

  constructor(actions: ControlActions) {
    this.#model.id = "model";
    this.#model.addEventListener("change", () => {
      const { value } = this.#model;
      actions.chooseModel(MODEL_NAMES.find((name) => name === value) ?? null);
    });
    const modelLabel = element("label", { text: "Forecast by" });
    modelLabel.htmlFor = this.#model.id;
    this.#said.type = "checkbox";
    this.#said.id = "said";
    this.#said.addEventListener("change", () => actions.setSaid(this.#said.checked));
    const saidLabel = element("label", { text: "What it said then" });
    saidLabel.htmlFor = this.#said.id;
    saidLabel.title = "What was forecast in the back-tests of times that are over, over what came";
    this.#exports = (["csv", "png"] as const).map((kind) => {
      const button = element("button", { text: `Export ${kind.toUpperCase()}` });
      button.type = "button";
      button.addEventListener("click", () => actions.export(kind));
      return button;
    });
    this.#status.setAttribute("role", "status");
    this.element = element(
      "aside",
      {},
      element("p", {}, modelLabel, this.#model),
      this.#chosen,
      element("p", { className: "check" }, this.#said, saidLabel),
      element("p", { className: "buttons" }, ...this.#exports),
      this.#status,
    );
    this.element.setAttribute("aria-label", "What is drawn");
  }

  show(state: ForecastPageState, withSaid: boolean, isDrawn: boolean): void {
    const { report, chosen, said } = state;
    const tested = (report?.scores ?? []).flatMap(({ model }) => MODEL_NAMES.filter((name) => name === model));
    const kept = chosen === null || tested.includes(chosen.model) ? tested : [...tested, chosen.model];
    // By name, not by rank: the list stays as it is while scores change.
    const models = MODEL_NAMES.filter((name) => kept.includes(name));
    setOptions(this.#model, [
      { value: AUTOMATIC, text: "Automatic (gate)" },
      ...models.map((model) => ({ value: model, text: modelText(model) })),
    ]);
    this.#model.value = chosen?.model ?? AUTOMATIC;
    this.#model.disabled = models.length === 0;
    setText(
      this.#chosen,
      clean(chosenText(state), 500) || (models.length === 0 ? "No model was tested yet." : gateText(state)),
    );
    this.#said.checked = withSaid;
    this.#said.disabled = said.length === 0;
    for (const button of this.#exports) button.disabled = !isDrawn;
  }

  say(text: string): void {
    setText(this.#status, clean(text, 400));
  }
}

function gateText({ forecast }: ForecastPageState): string {
  if (forecast === null || forecast.model === "none") return "";
  return `Drawn is the gate's choice, ${modelText(forecast.model)}: ${forecast.ready ? "the scaler uses it." : "the scaler does not use it."}`;
}
