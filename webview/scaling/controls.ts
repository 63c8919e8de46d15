import { COMPARED_DAYS, REPLAY_POLICIES, type ReplayPolicyName } from "../../src/engine/protocol/replay.ts";
import type { ComparisonWish, ScalingPageState } from "../../src/engine/protocol/scalingPage.ts";
import { countText } from "../../src/text/figures.ts";
import { policyName } from "../../src/text/replay.ts";
import { clean, element, option, setText } from "../shared/elements.ts";
import { button } from "../shared/pageParts.ts";
import { runText } from "./model.ts";

export interface ControlActions {
  readonly wish: (wish: ComparisonWish) => void;
  readonly compare: () => void;
  readonly cancel: () => void;
  readonly export: () => void;
}

/** What is compared, and what is done with it: at the side of the picture. */
export class Controls {
  readonly element: HTMLElement;
  readonly #days = element("select");
  readonly #policies = new Map<ReplayPolicyName, HTMLInputElement>();
  readonly #compare: HTMLButtonElement;
  readonly #cancel: HTMLButtonElement;
  readonly #export: HTMLButtonElement;
  readonly #progress = element("progress");
  readonly #run = element("p", { className: "when run" });
  readonly #status = element("p", { className: "when" });
  #told = "";

  constructor(actions: ControlActions) {
    const wished = (): void => {
      const wish = this.#wish();
      // None chosen: nothing to compare, and nothing to tell.
      if (wish.policies.length > 0) actions.wish(wish);
      this.#compare.disabled = wish.policies.length === 0;
    };
    this.#days.id = "days";
    for (const days of COMPARED_DAYS) this.#days.append(option(String(days), countText(days, "day")));
    this.#days.addEventListener("change", wished);
    const daysLabel = element("label", { text: "On the last" });
    daysLabel.htmlFor = this.#days.id;
    const checks = REPLAY_POLICIES.map((name) => {
      const check = element("input");
      check.type = "checkbox";
      check.id = `policy-${name}`;
      check.addEventListener("change", wished);
      this.#policies.set(name, check);
      const label = element("label", { text: policyName({ name }) });
      label.htmlFor = check.id;
      return element("p", { className: "check" }, check, label);
    });
    const set = element("fieldset", {}, element("legend", { text: "Policies" }), ...checks);
    this.#compare = button("Compare", actions.compare);
    this.#cancel = button("Cancel", actions.cancel);
    this.#export = button("Export CSV", actions.export);
    this.#progress.setAttribute("aria-label", "The comparison is under way");
    this.#status.setAttribute("role", "status");
    this.element = element(
      "aside",
      {},
      element("p", {}, daysLabel, this.#days),
      set,
      element("p", { className: "buttons" }, this.#compare, this.#cancel, this.#export),
      this.#progress,
      this.#run,
      this.#status,
    );
    this.element.setAttribute("aria-label", "What is compared");
  }

  show(state: ScalingPageState): void {
    const { wish, run, comparison, swarmId } = state;
    // Only another wish changes what is ticked: with nothing ticked, which is no wish, the last one would come back.
    const told = JSON.stringify(wish);
    if (told !== this.#told) {
      this.#told = told;
      this.#days.value = String(wish.days);
      for (const [name, check] of this.#policies) check.checked = wish.policies.includes(name);
    }
    const isComparing = run.kind === "comparing";
    this.#compare.disabled = swarmId === null || isComparing || this.#wish().policies.length === 0;
    this.#cancel.disabled = !isComparing;
    this.#export.disabled = comparison === null;
    this.#progress.hidden = !isComparing;
    this.showAge(state);
  }

  /** Called each second too: how long it takes is what is known of its progress. */
  showAge({ run }: ScalingPageState): void {
    setText(this.#run, runText(run, Date.now()));
  }

  say(text: string): void {
    setText(this.#status, clean(text, 400));
  }

  #wish(): ComparisonWish {
    return {
      days: COMPARED_DAYS.find((days) => String(days) === this.#days.value) ?? COMPARED_DAYS[0],
      policies: REPLAY_POLICIES.filter((name) => this.#policies.get(name)?.checked === true),
    };
  }
}
