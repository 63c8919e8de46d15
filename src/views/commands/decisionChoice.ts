import * as vscode from "vscode";
import type { DecisionRow } from "../../engine/protocol/rpc.ts";
import type { DecisionBook } from "../decisions/book.ts";
import { agoText, changeText, decisionSwarm, shortWhy, stateText } from "../decisions/words.ts";
import { notify } from "../ask.ts";
import { inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";

/** Picked from: more than this nobody reads. */
const LISTED = 200;

/**
 * The decision that is meant: the row's, or the one picked.
 * @param question.fits which decisions the command can be used on
 * @param question.alone with only one that fits, it is meant without asking
 * @returns `null` when there is none or the operator gave up; it has been said
 */
export async function chooseDecision(
  book: DecisionBook,
  subject: Subject | null,
  question: {
    readonly title: string;
    readonly fits: (row: DecisionRow) => boolean;
    readonly none: string;
    readonly alone: boolean;
  },
): Promise<DecisionRow | null> {
  if (subject?.kind === "decision" || subject?.kind === "fact") {
    const meant = book.find(subject.decisionId);
    if (meant === undefined) notify("info", "This decision is no longer among those that are loaded.");
    return meant ?? null;
  }
  const swarmId = subject?.kind === "swarm" ? subject.swarmId : null;
  const fitting = book.rows.filter((row) => (swarmId === null || row.swarmId === swarmId) && question.fits(row));
  const [first] = fitting;
  if (first === undefined) {
    notify("info", question.none);
    return null;
  }
  if (fitting.length === 1 && question.alone) return first;
  const nowMs = Date.now();
  const picked = await vscode.window.showQuickPick(
    fitting.slice(0, LISTED).map((row) => ({
      label: inPick(`${changeText(row)} ${decisionSwarm(row)} · ${shortWhy(row)}`),
      description: inPick(`${agoText(row.wallMs, nowMs)} · ${stateText(row)}`),
      row,
    })),
    { title: question.title, placeHolder: "Which decision?", matchOnDescription: true },
  );
  return picked?.row ?? null;
}
