import type { Asked, PageResource, PageResources } from "../../src/engine/protocol/forecastParts.ts";
import { clockText } from "../../src/text/clock.ts";
import { figureText } from "../../src/text/figureUnits.ts";
import { countText, durationText, numberText, ratioText } from "../../src/text/figures.ts";
import { modelText } from "../../src/text/models.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { Grid } from "../shared/grid.ts";

const METRICS: Readonly<Record<PageResource["metric"], string>> = {
  demand: "Demand, agents' worth of work",
  cpu: "CPU",
  memory: "Memory",
  network: "Network of the machine",
  agents: "Agents",
};

/** What a swarm's resources will need, as it was forecast when the operator asked for it. */
export class ResourcesPart {
  readonly element: HTMLElement;
  readonly #state = element("p");
  readonly #ask = element("button", { text: "Forecast Resources…" });
  readonly #plan = element("ul", { className: "plan" });
  readonly #grid = new Grid([
    { head: "Resource", isFigure: false },
    { head: "At the end", isFigure: true },
    { head: "Interval", isFigure: true },
    { head: "Model", isFigure: false },
    { head: "Ready", isFigure: false },
  ]);
  #shown: PageResources | null = null;

  constructor(ask: () => void) {
    this.#ask.type = "button";
    this.#ask.addEventListener("click", ask);
    this.element = element(
      "div",
      { className: "resources" },
      this.#state,
      this.#grid.element,
      this.#plan,
      element("p", {}, this.#ask),
    );
  }

  show(asked: Asked<PageResources>): void {
    const known = asked.kind === "known" ? asked.value : null;
    this.#grid.element.hidden = known === null;
    this.#plan.hidden = known === null;
    setText(this.#state, clean(stateText(asked), 400));
    if (known === null || known === this.#shown) return;
    this.#shown = known;
    this.#grid.show(
      "What each will be at the end of the horizon",
      known.metrics.map((one) => ({ cells: cellsOf(one) })),
    );
    this.#plan.replaceChildren(...planTexts(known).map((text) => element("li", { text: clean(text, 300) })));
  }
}

function stateText(asked: Asked<PageResources>): string {
  switch (asked.kind) {
    case "none":
      return "Demand, CPU, memory, network and agents to come, each forecast and tested by itself. Nothing was asked for yet.";
    case "asking":
      return "The resources are being forecast.";
    case "failed":
      return `The resources cannot be forecast: ${asked.text}`;
    case "known": {
      const { horizonMs, timeScale, confidence, backTested, madeAtMs } = asked.value;
      const own = timeScale === 1 ? "" : ` of the swarm's own time (${durationText(horizonMs / timeScale)} here)`;
      const held = backTested === null ? "" : `; the demand's interval held ${ratioText(backTested)} in its tests`;
      return `${durationText(horizonMs)}${own} ahead with ${ratioText(confidence)} confidence${held}. Made at ${clockText(madeAtMs)}.`;
    }
  }
}

function cellsOf({ metric, unit, ready, reason, model, end }: PageResource): readonly string[] {
  // Demand is work, not agents: its unit stands in its name.
  const figure = (value: number): string => (metric === "demand" ? numberText(value) : figureText(value, unit));
  return [
    METRICS[metric],
    end === null ? "–" : figure(end.mean),
    end === null ? "–" : `${figure(end.lo)} to ${figure(end.hi)}`,
    model === "none" ? "–" : clean(modelText(model), 60),
    ready ? "yes" : `no: ${clean(reason ?? "it was not let through", 300)}`,
  ];
}

/** `14:20 → 8 agents: demand 5.6, up to 7.2`. */
export function planTexts({ plan }: PageResources): readonly string[] {
  if (!plan.ready) return [`No sizes follow: ${plan.reason ?? "the forecast of the demand is not ready."}`];
  if (plan.steps.length === 0) return ["The size that it has now meets the demand."];
  return plan.steps.map(({ atMs, agents, demandMean, demandHi, bound }) => {
    const limit = bound === null ? "" : `, kept there by the swarm's ${bound === "max" ? "maximum" : "minimum"}`;
    return `${clockText(atMs)} → ${countText(agents, "agent")}: demand ${numberText(demandMean)}, up to ${numberText(demandHi)}${limit}`;
  });
}
