import * as vscode from "vscode";
import type { ManagedSwarmRow, OrchestratedSwarmRow } from "../../engine/protocol/model.ts";
import {
  DEFAULT_REPORT_TIMEFRAME,
  REPORT_TIMEFRAMES,
  type ReportTimeframe,
} from "../../engine/protocol/performanceReport.ts";
import { REPORT_FORMATS, type ReportFormat } from "../../engine/protocol/reportPage.ts";
import { swarmLabel } from "../agents/faces.ts";
import { notify, withProgress } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { line } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { openClaims } from "./claims.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { chooseAnySwarm } from "./swarmChoice.ts";

const NO_SWARM = 'There is no swarm to report on. Define one with "Swarm: Define a Swarm", or start the demo swarm.';
const TIMES: Readonly<Record<ReportTimeframe, string>> = {
  "24h": "the last day",
  "7d": "the last week",
  "30d": "the last thirty days",
};
const FORMATS: Readonly<Record<ReportFormat, { readonly label: string; readonly description: string }>> = {
  html: { label: "HTML", description: "one page that needs no other file, and prints well" },
  md: { label: "Markdown", description: "for a pull request or a chat" },
  json: { label: "JSON", description: "every figure, for a program" },
};

/** How a swarm performed, on the page "Report", which has progress, Cancel and another time. It only looks. */
export const performanceReport: Command = {
  id: commandIds.performanceReport,
  couldNot: "Could not report on the swarm",
  acts: false,
  async run(world, subject, argument) {
    const swarm = await swarmOf(world, subject, "Performance Report");
    if (swarm === null) return;
    if (swarm.kind === "orchestrated") return openClaims(world, await connected(world), swarm, "performance_report");
    // Who came from a row wants to see it; the page offers other times.
    const timeframe = wishOf(argument).timeframe ?? (subject === null ? await askTimeframe() : null);
    if (timeframe === undefined) return;
    (await world.pages.report()).open(swarm.id, timeframe);
  },
};

/** A report as a file, without the page. */
export const exportReport: Command = {
  id: commandIds.exportReport,
  couldNot: "Could not export the report",
  acts: false,
  async run(world, subject, argument) {
    const wish = wishOf(argument);
    const swarm = await swarmOf(world, subject, "Export Performance Report");
    if (swarm === null) return;
    const timeframe = wish.timeframe ?? (wish.format === null ? await askTimeframe() : DEFAULT_REPORT_TIMEFRAME);
    if (timeframe === undefined) return;
    const format = wish.format ?? (await askFormat());
    if (format === undefined) return;
    const report = await world.pages.report();
    const label = line(swarmLabel(swarm), 80);
    try {
      const said = await withProgress(`Reporting on ${label}`, (signal) =>
        report.exported({ id: swarm.id, label }, { timeframe, format, target: wish.target }, signal),
      );
      if (said !== null) notify("info", said);
    } catch (error) {
      if (!isAborted(codedOf(error))) throw error;
      notify("info", "The report was cancelled, so nothing was exported.");
    }
  },
};

async function swarmOf(
  world: CommandWorld,
  subject: Subject | null,
  title: string,
): Promise<ManagedSwarmRow | OrchestratedSwarmRow | null> {
  const overview = await overviewNow(world, await connected(world));
  return chooseAnySwarm(overview, subject, { title, fits: () => true, none: NO_SWARM });
}

async function askTimeframe(): Promise<ReportTimeframe | undefined> {
  const items = REPORT_TIMEFRAMES.map((timeframe) => ({ label: timeframe, description: TIMES[timeframe], timeframe }));
  const picked = await vscode.window.showQuickPick(items, {
    title: "Performance Report",
    placeHolder: "How far back?",
  });
  return picked?.timeframe;
}

async function askFormat(): Promise<ReportFormat | undefined> {
  const items = REPORT_FORMATS.map((format) => ({ ...FORMATS[format], format }));
  const picked = await vscode.window.showQuickPick(items, {
    title: "Export Performance Report",
    placeHolder: "As what?",
  });
  return picked?.format;
}

/** What a key binding or another extension may name; anything but what is expected counts as left out. */
function wishOf(argument: unknown): {
  readonly timeframe: ReportTimeframe | null;
  readonly format: ReportFormat | null;
  readonly target: vscode.Uri | null;
} {
  const given = (typeof argument === "object" && argument !== null ? argument : {}) as Readonly<
    Record<"timeframe" | "format" | "path" | "uri", unknown>
  >;
  const { timeframe, format, path, uri } = given;
  return {
    timeframe: REPORT_TIMEFRAMES.find((known) => known === timeframe) ?? null,
    format: REPORT_FORMATS.find((known) => known === format) ?? null,
    target: uri instanceof vscode.Uri ? uri : typeof path === "string" ? vscode.Uri.file(path) : null,
  };
}
