import * as vscode from "vscode";
import type { Coded } from "../engine/protocol/model.ts";
import { reasonText } from "../text/reasons.ts";
import { notify, type NoticeAction } from "./ask.ts";
import { commandIds } from "./ids.ts";
import { isAborted } from "./sessionPort.ts";

const showLog: NoticeAction = {
  title: "Show Log",
  run: () => vscode.commands.executeCommand(commandIds.showLog),
};
const restart: NoticeAction = {
  title: "Restart Engine",
  run: () => vscode.commands.executeCommand(commandIds.restartEngine),
};

/** Tells what went wrong with something the operator has just asked for. A cancel is no failure. */
export function reportFailure(what: string, reason: Coded): void {
  if (!isAborted(reason)) notify("error", `${what}: ${reasonText(reason)}`, remedies(reason));
}

/** Troubles that come by themselves: each cause is told once, until it is over. */
export class Troubles {
  readonly #told = new Set<string>();

  /** @param cause two troubles with the same cause are one */
  report(cause: string, reason: Coded): void {
    this.tell(cause, reasonText(reason), remedies(reason));
  }

  tell(cause: string, text: string, actions: readonly NoticeAction[]): void {
    if (this.#told.has(cause)) return;
    this.#told.add(cause);
    notify("warning", text, actions);
  }

  over(cause: string): void {
    this.#told.delete(cause);
  }
}

/** A refusal is an answer: a new engine would give the same. Only a broken engine or connection calls for a restart. */
function remedies(reason: Coded): NoticeAction[] {
  return /^(engine|keeper|rpc|endpoint|internal|lock|node)\b/.test(reason.code) ? [restart, showLog] : [showLog];
}
