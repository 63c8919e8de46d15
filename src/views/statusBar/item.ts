import * as vscode from "vscode";
import type { DecisionBook } from "../decisions/book.ts";
import { isOpen } from "../guard/breakers.ts";
import { viewIds } from "../ids.ts";
import type { SessionPort } from "../sessionPort.ts";
import { Throttle } from "../throttle.ts";
import type { TopicFeed } from "../topicFeed.ts";
import { statusFace } from "./model.ts";

/** One item: the sum of all agents and the engine's health. A click opens *Agents*. */
export class StatusItem implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #owned: { dispose(): void }[];

  constructor(session: SessionPort, feed: TopicFeed<"overview">, decisions: DecisionBook, guard: TopicFeed<"guard">) {
    const item = vscode.window.createStatusBarItem("swarm.status", vscode.StatusBarAlignment.Left, 0);
    this.#item = item;
    item.name = "Swarm";
    item.command = `${viewIds.agents}.focus`;
    const throttle = new Throttle(500, () => this.#update(session, feed, decisions, guard));
    this.#owned = [
      item,
      throttle,
      feed.on(() => throttle.request()),
      decisions.on(() => throttle.request()),
      guard.on(() => throttle.request()),
      session.onState(() => throttle.request()),
    ];
    this.#update(session, feed, decisions, guard);
    item.show();
  }

  dispose(): void {
    for (const one of this.#owned.toReversed()) one.dispose();
  }

  #update(session: SessionPort, feed: TopicFeed<"overview">, decisions: DecisionBook, guard: TopicFeed<"guard">): void {
    const { text, spoken, tooltip, severity } = statusFace(
      session.state,
      feed.latest,
      decisions.waiting,
      guard.latest?.breakers.filter(isOpen) ?? [],
    );
    const item = this.#item;
    item.text = text;
    item.tooltip = tooltip;
    item.accessibilityInformation = { label: spoken };
    item.backgroundColor =
      severity === "warning" ? new vscode.ThemeColor("statusBarItem.warningBackground") : undefined;
  }
}
