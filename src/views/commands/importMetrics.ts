import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import { IMPORT_METRICS, type ImportMetric, type ImportSummary } from "../../engine/protocol/imports.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { swarmLabel } from "../agents/faces.ts";
import { reportFailure } from "../failures.ts";
import { commandIds } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { inPick, line } from "../show.ts";
import { bytesText } from "../../text/figures.ts";
import { type Command, connected, overviewNow } from "./command.ts";
import { fileName, piecesOf } from "./importFile.ts";
import { columnChoices, previewText, resultText, shiftChoices } from "./importTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const DEADLINE_MS = 600_000;
const CANCEL_DEADLINE_MS = 20_000;
const NO_SWARM =
  'There is no swarm to give a past to. Define one with "Swarm: Define a Swarm", or start the demo swarm.';

/** What a key binding or another extension may name; whatever is left out is asked for. */
interface Wish {
  readonly file: vscode.Uri | null;
  readonly column: string | null;
  readonly metric: ImportMetric;
  readonly shiftToNow: boolean | null;
}

/** A file of metrics becomes the past of a swarm: which swarm, which file, which column, what it says, and then it is written. */
export const importMetrics: Command = {
  id: commandIds.importMetrics,
  couldNot: "Could not import the metrics",
  acts: true,
  async run(world, subject, argument) {
    const wish = wishOf(argument);
    const connection = await connected(world);
    const overview = await overviewNow(world, connection);
    const swarm = await chooseSwarm(overview, subject, "Import Metrics", () => true, NO_SWARM);
    if (swarm === null) return;
    const file = wish.file ?? (await chooseFile());
    if (file === null) return;
    const name = fileName(file);
    let importId: string | null = null;
    try {
      const begun = await withProgress(`Reading ${line(name, 80)}`, (signal, say) =>
        send(connection, { swarmId: swarm.id, file, column: wish.column }, signal, say, (id) => (importId = id)),
      );
      const column = wish.column ?? (await chooseColumn(begun.summary, name));
      if (column === null) return;
      const shiftToNow = wish.shiftToNow ?? (await chooseShift(begun.summary));
      if (shiftToNow === null) return;
      const { question, detail } = previewText(begun.summary, {
        ...{ file: name, column, metric: wish.metric, swarm: swarmLabel(swarm), shiftToNow },
      });
      if (!(await confirm(question, detail, "Import"))) return;
      const result = await withProgress(`Importing ${line(name, 80)}`, (signal) =>
        connection.call(
          calls.importCommit,
          {
            importId: begun.importId,
            columns: [{ column, metric: wish.metric }],
            shiftToNow,
            deadlineMs: DEADLINE_MS,
          },
          signal,
        ),
      );
      importId = null;
      notify("info", resultText(result, swarmLabel(swarm)), [
        { title: "Undo", run: () => undo(connection, swarm.id, result.runId) },
        { title: "Open Forecast", run: () => world.pages.openForecast(swarm.id) },
      ]);
    } catch (error) {
      if (!isAborted(codedOf(error))) throw error;
      notify("info", `The import of ${line(name, 80)} was cancelled. Nothing of it is kept.`);
    } finally {
      // Given up, refused or broken off: the engine forgets the file, and removes what was written of it.
      if (importId !== null)
        await connection
          .call(calls.importCancel, { importId, deadlineMs: CANCEL_DEADLINE_MS })
          .catch((error: unknown) => reportFailure("Could not clear the import away", codedOf(error)));
    }
  },
};

async function send(
  connection: EngineConnection,
  { swarmId, file, column }: { readonly swarmId: string; readonly file: vscode.Uri; readonly column: string | null },
  signal: AbortSignal,
  say: (step: string) => void,
  begun: (importId: string) => void,
): Promise<{ readonly importId: string; readonly summary: ImportSummary }> {
  const columns = column === null ? ("all" as const) : [column];
  const { importId } = await connection.call(calls.importBegin, { swarmId, file: fileName(file), columns }, signal);
  begun(importId);
  let bytes = 0;
  for await (const piece of piecesOf(file)) {
    const data = Buffer.from(piece).toString("base64");
    await connection.call(calls.importPiece, { importId, data }, signal);
    bytes += piece.length;
    say(bytesText(bytes));
  }
  say("looking at the columns");
  const summary = await connection.call(calls.importRead, { importId, deadlineMs: DEADLINE_MS }, signal);
  return { importId, summary };
}

async function chooseFile(): Promise<vscode.Uri | null> {
  const [file] =
    (await vscode.window.showOpenDialog({
      title: "Import Metrics",
      openLabel: "Import",
      filters: { "Tables and Prometheus answers": ["csv", "tsv", "txt", "json"], "All files": ["*"] },
    })) ?? [];
  return file ?? null;
}

/** @returns `null` when the operator gave up, or no column can be imported: it has been said */
async function chooseColumn(summary: ImportSummary, file: string): Promise<string | null> {
  const [only, second] = summary.columns;
  if (only !== undefined && second === undefined) return only.name;
  const choices = columnChoices(summary).map((choice) => ({
    ...choice,
    label: inPick(choice.label),
    description: inPick(choice.description),
  }));
  const picked = await vscode.window.showQuickPick(choices, {
    title: `Import ${inPick(file)}`,
    placeHolder: "Which column is the load?",
  });
  return picked?.column ?? null;
}

async function chooseShift(summary: ImportSummary): Promise<boolean | null> {
  if (summary.shiftToNow.unit === "none") return false;
  const picked = await vscode.window.showQuickPick(
    shiftChoices(summary).map((choice) => ({ ...choice })),
    { title: "When Was It?", placeHolder: "The file ended a while ago" },
  );
  return picked?.shiftToNow ?? null;
}

async function undo(connection: EngineConnection, swarmId: string, runId: string): Promise<void> {
  try {
    const undone = await connection.call(calls.importUndo, { swarmId, runId, deadlineMs: DEADLINE_MS });
    notify("info", `The import of ${line(undone.file, 80)} was taken back. What was measured since stays.`);
  } catch (error) {
    reportFailure("Could not take the import back", codedOf(error));
  }
}

/** Anything but what is expected counts as left out. */
function wishOf(argument: unknown): Wish {
  const given = (typeof argument === "object" && argument !== null ? argument : {}) as Readonly<
    Record<"path" | "uri" | "column" | "metric" | "shiftToNow", unknown>
  >;
  const { path, uri, column, metric, shiftToNow } = given;
  const file = uri instanceof vscode.Uri ? uri : typeof path === "string" ? vscode.Uri.file(path) : null;
  return {
    file,
    column: typeof column === "string" ? column : null,
    metric: IMPORT_METRICS.find((known) => known === metric) ?? "demand",
    shiftToNow: typeof shiftToNow === "boolean" ? shiftToNow : null,
  };
}
