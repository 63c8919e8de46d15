import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import type { BreakerAction, BreakerRow } from "../../engine/protocol/tasks.ts";
import { confirm, notify } from "../ask.ts";
import { breakerName, stateName } from "../guard/breakers.ts";
import { breakerText } from "../guard/words.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, connected } from "./command.ts";

export const forceOpenBreaker = breakerCommand(commandIds.forceOpenBreaker, "forceOpen", {
  title: "Force Open Breaker",
  couldNot: "Could not open the breaker",
  fits: ({ state }) => state.kind !== "forcedOpen",
  question: (name) => ({
    question: `Force the breaker of ${name} open?`,
    detail: ["Its tasks wait until you reset it; what runs goes on. Nothing is lost.", "Undo: Reset Breaker."],
    agree: "Force Open",
  }),
});

export const metricsOnlyBreaker = breakerCommand(commandIds.metricsOnlyBreaker, "metricsOnly", {
  title: "Breaker: Metrics Only",
  couldNot: "Could not set the breaker to metrics only",
  fits: ({ state }) => state.kind !== "metricsOnly",
  question: (name) => ({
    question: `Let everything of ${name} through?`,
    detail: [
      "The breaker only counts and protects from nothing until you reset it: a failing service gets every retry.",
      "Undo: Reset Breaker.",
    ],
    agree: "Metrics Only",
  }),
});

/** Back to the ordinary: closed, with what it had counted forgotten. */
export const resetBreaker = breakerCommand(commandIds.resetBreaker, "reset", {
  title: "Reset Breaker",
  couldNot: "Could not reset the breaker",
  fits: ({ state }) => state.kind !== "closed",
  question: null,
});

interface BreakerTexts {
  readonly title: string;
  readonly couldNot: string;
  readonly fits: (row: BreakerRow) => boolean;
  readonly question: ((name: string) => { question: string; detail: readonly string[]; agree: string }) | null;
}

function breakerCommand(id: Command["id"], action: BreakerAction, texts: BreakerTexts): Command {
  return {
    id,
    couldNot: texts.couldNot,
    acts: true,
    async run(world, subject) {
      const connection = await connected(world);
      const row = await chooseBreaker(connection, subject, texts);
      if (row === null) return;
      const asked = texts.question?.(breakerName(row));
      if (asked !== undefined && !(await confirm(asked.question, asked.detail, asked.agree))) return;
      // Only what was looked at: another window or time itself may have changed it meanwhile.
      const after = await connection.call(calls.breakerAction, {
        breakerId: row.id,
        action,
        ...(asked === undefined ? {} : { expectedRevision: row.revision }),
      });
      vscode.window.setStatusBarMessage(`$(check) ${inPick(breakerName(after))} is ${stateName(after)}`, 8_000);
    },
  };
}

async function chooseBreaker(
  connection: EngineConnection,
  subject: Subject | null,
  { title, fits }: BreakerTexts,
): Promise<BreakerRow | null> {
  const { breakers } = await connection.call(calls.guard, {});
  if (subject?.kind === "breaker") return breakers.find(({ id }) => id === subject.breakerId) ?? null;
  const fitting = breakers.filter(fits);
  if (fitting.length === 0) {
    notify("info", "No breaker needs that.");
    return null;
  }
  const nowMs = Date.now();
  const picked = await vscode.window.showQuickPick(
    fitting.map((row) => ({
      label: inPick(breakerName(row)),
      description: inPick(breakerText(row, nowMs)),
      row,
    })),
    { title, placeHolder: "Which breaker?" },
  );
  return picked?.row ?? null;
}
