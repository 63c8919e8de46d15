import * as vscode from "vscode";
import { inMessage } from "./show.ts";

/** Dialogs and notifications, with every text made safe for them: names of processes occur in most. */

/** @returns whether the operator agreed. Modal: Escape and Cancel mean no. */
export async function confirm(question: string, detail: readonly string[], agree: string): Promise<boolean> {
  const answer = await vscode.window.showWarningMessage(
    inMessage(question),
    { modal: true, detail: detail.map((one) => inMessage(one)).join("\n") },
    agree,
  );
  return answer === agree;
}

/** Like `confirm`, with more than one way to agree. @returns the one chosen; `null` for none */
export async function choose<C extends string>(
  question: string,
  detail: readonly string[],
  ways: readonly C[],
): Promise<C | null> {
  const options = { modal: true, detail: detail.map((one) => inMessage(one)).join("\n") };
  const answer = await vscode.window.showWarningMessage(inMessage(question), options, ...ways);
  return ways.find((way) => way === answer) ?? null;
}

export interface NoticeAction {
  readonly title: string;
  readonly run: () => unknown;
}

/** A notification that waits for nobody: whoever shows it goes on, and its buttons act when they are pressed. */
export function notify(
  severity: "info" | "warning" | "error",
  text: string,
  actions: readonly NoticeAction[] = [],
): void {
  const show = {
    info: vscode.window.showInformationMessage,
    warning: vscode.window.showWarningMessage,
    error: vscode.window.showErrorMessage,
  }[severity] as (message: string, ...items: readonly string[]) => Thenable<string | undefined>;
  void show(inMessage(text, 600), ...actions.map(({ title }) => title)).then((pressed) =>
    actions.find(({ title }) => title === pressed)?.run(),
  );
}

/**
 * A notification with Cancel for as long as `work` takes; Cancel aborts its signal. `say` shows a step, and with a ratio (0..1) how
 * much is done: its bar then grows, and never shrinks.
 */
export function withProgress<R>(
  title: string,
  work: (signal: AbortSignal, say: (step: string, doneRatio?: number | null) => void) => Promise<R>,
): Thenable<R> {
  return vscode.window.withProgress(
    { location: vscode.ProgressLocation.Notification, title: inMessage(title), cancellable: true },
    async (progress, token) => {
      const abort = new AbortController();
      let percent = 0;
      const watch = token.onCancellationRequested(() => abort.abort());
      try {
        return await work(abort.signal, (step, doneRatio = null) => {
          const increment = doneRatio === null ? 0 : Math.max(0, 100 * Math.min(1, doneRatio) - percent);
          percent += increment;
          progress.report({ message: inMessage(step), ...(increment === 0 ? {} : { increment }) });
        });
      } finally {
        watch.dispose();
      }
    },
  );
}
