import * as vscode from "vscode";
import { EXPORT_KINDS, type ExportKind } from "../../engine/protocol/forecastExport.ts";
import { notify } from "../ask.ts";
import { commandIds } from "../ids.ts";
import type { Command } from "./command.ts";

const CHOICES: { readonly label: string; readonly description: string; readonly content: ExportKind }[] = [
  { label: "CSV", description: "history, forecast, band, back-tests and anomalies as a table", content: "csv" },
  { label: "PNG", description: "the chart in the colours of this theme", content: "png" },
];

/** What the page "Swarm Forecast" shows, as a file. */
export const exportForecast: Command = {
  id: commandIds.exportForecast,
  couldNot: "Could not export the forecast",
  acts: false,
  async run(world, subject, argument) {
    const wish = wishOf(argument);
    const asked = { title: "Export Forecast", placeHolder: "As what?" };
    const kind = wish.kind ?? (await vscode.window.showQuickPick(CHOICES, asked))?.content;
    if (kind === undefined) return;
    if (subject?.kind === "swarm") await world.pages.openForecast(subject.swarmId);
    const said = await (await world.pages.forecast()).save(kind, wish.target);
    if (said !== null) notify("info", said);
  },
};

/** What a key binding or another extension may name; anything but what is expected counts as left out. */
function wishOf(argument: unknown): { readonly kind: ExportKind | null; readonly target: vscode.Uri | null } {
  const given = (typeof argument === "object" && argument !== null ? argument : {}) as Readonly<
    Record<"kind" | "path" | "uri", unknown>
  >;
  const { kind, path, uri } = given;
  return {
    kind: EXPORT_KINDS.find((known) => known === kind) ?? null,
    target: uri instanceof vscode.Uri ? uri : typeof path === "string" ? vscode.Uri.file(path) : null,
  };
}
