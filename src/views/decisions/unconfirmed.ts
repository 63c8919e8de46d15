import type { DecisionRow } from "../../engine/protocol/rpc.ts";
import { titleText } from "./words.ts";

type Told = "unconfirmed" | "rolledBack";

/**
 * Which automatic actions came to such an end, to be told once. What an operator asked for is answered where it was asked;
 * what happened before this window looked is history.
 */
export class EndWatch {
  readonly #kind: Told;
  /** Ids of the decisions that had come to it in the state before; `null` before the first. */
  #known: ReadonlySet<string> | null = null;

  constructor(kind: Told) {
    this.#kind = kind;
  }

  /** @returns titles of those that have come to it now and had not before, each told only once */
  hear(rows: readonly DecisionRow[]): readonly string[] {
    const now = rows.filter((row) => row.state.kind === this.#kind && isAlone(row) && !isReplaced(row));
    const before = this.#known;
    const ended = new Set(now.map(({ id }) => id));
    this.#known = new Set(rows.map(({ id }) => id).filter((id) => ended.has(id) || before?.has(id) === true));
    return before === null ? [] : now.filter(({ id }) => !before.has(id)).map((row) => titleText(row));
  }
}

function isAlone({ origin, by }: DecisionRow): boolean {
  return origin === "scaler" && by === null;
}

/** Something else was asked for meanwhile, or there is nothing to go on trying. */
function isReplaced({ state }: DecisionRow): boolean {
  if (state.kind !== "unconfirmed") return false;
  return ["scale.superseded", "plan.modeChanged", "plan.noRoom"].includes(state.reason.code);
}

/** One warning, however many there are. */
export function endText(kind: Told, titles: readonly string[]): string {
  const [first = ""] = titles;
  const all = `${titles.slice(0, 4).join(", ")}${titles.length > 4 ? " and others" : ""}`;
  switch (kind) {
    case "unconfirmed":
      return titles.length === 1
        ? `${first} is not confirmed. The engine goes on trying.`
        : `${titles.length} automatic changes are not confirmed: ${all}. The engine goes on trying.`;
    case "rolledBack":
      return titles.length === 1
        ? `${first} was rolled back: a step made the swarm worse.`
        : `${titles.length} automatic changes were rolled back: ${all}. A step of each made its swarm worse.`;
  }
}
