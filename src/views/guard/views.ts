import type { Coded } from "../../engine/protocol/model.ts";
import { countText } from "../../text/figures.ts";
import { viewIds } from "../ids.ts";
import type { SessionPort } from "../sessionPort.ts";
import type { TopicFeed } from "../topicFeed.ts";
import { isOpen } from "./breakers.ts";
import { GuardView } from "./view.ts";

/** The views *Bulkheads* and *Circuit Breakers*, of one topic. */
export class GuardViews {
  readonly #views: readonly GuardView[];

  constructor(session: SessionPort, feed: TopicFeed<"guard">) {
    this.#views = [
      new GuardView(session, feed, {
        id: viewIds.bulkheads,
        name: "Bulkheads",
        rows: ({ bulkheadsTree }) => bulkheadsTree,
        restricted: "lanes and tasks are shown; nothing is submitted, cancelled or resized from this window.",
      }),
      new GuardView(session, feed, {
        id: viewIds.breakers,
        name: "Circuit breakers",
        rows: ({ breakersTree }) => breakersTree,
        restricted: "breakers are shown; nothing is opened or reset from this window.",
        badge: ({ breakers }) => {
          const value = breakers.filter(isOpen).length;
          return value === 0
            ? undefined
            : { value, tooltip: `${countText(value, "breaker")} ${value === 1 ? "is" : "are"} open` };
        },
      }),
    ];
  }

  fail(problem: Coded): void {
    for (const view of this.#views) view.fail(problem);
  }

  dispose(): void {
    for (const view of this.#views.toReversed()) view.dispose();
  }
}
