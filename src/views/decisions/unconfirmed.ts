import type { DecisionRow } from "../../engine/protocol/rpc.ts";
import { titleText } from "./words.ts";

/**
 * Which automatic actions were not confirmed, to be told once. What an operator asked for is answered where it was asked;
 * what happened before this window looked is history.
 */
export class UnconfirmedWatch {
  /** Ids of the decisions that were unconfirmed in the state before; `null` before the first. */
  #known: ReadonlySet<string> | null = null;

  /** @returns titles of those that are unconfirmed now and were not before, each told only once */
  hear(rows: readonly DecisionRow[]): readonly string[] {
    const now = rows.filter(
      ({ state, origin, by }) => state.kind === "unconfirmed" && origin === "scaler" && by === null,
    );
    const before = this.#known;
    const unconfirmed = new Set(now.map(({ id }) => id));
    this.#known = new Set(rows.map(({ id }) => id).filter((id) => unconfirmed.has(id) || before?.has(id) === true));
    return before === null ? [] : now.filter(({ id }) => !before.has(id)).map((row) => titleText(row));
  }
}

/** One warning, however many there are. */
export function unconfirmedText(titles: readonly string[]): string {
  const [first = ""] = titles;
  return titles.length === 1
    ? `${first} is not confirmed. The engine goes on trying.`
    : `${titles.length} automatic changes are not confirmed: ${titles.slice(0, 4).join(", ")}${titles.length > 4 ? " and others" : ""}. The engine goes on trying.`;
}
