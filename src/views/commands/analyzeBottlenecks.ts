import * as vscode from "vscode";
import { BOTTLENECK_COMPONENTS } from "../../engine/protocol/bottlenecks.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { durationText } from "../../text/figures.ts";
import { notify } from "../ask.ts";
import { commandIds } from "../ids.ts";
import { inPick } from "../show.ts";
import { findingEvidence, findingExplanation, findingName, severityText } from "./bottleneckTexts.ts";
import { chooseScope, openClaims } from "./claims.ts";
import { type Command, connected, overviewNow } from "./command.ts";

/** What holds the machine and its swarms back, the worst first; the one that is chosen is explained. It only looks. */
export const analyzeBottlenecks: Command = {
  id: commandIds.analyzeBottlenecks,
  couldNot: "Could not analyze the bottlenecks",
  acts: false,
  async run(world, subject) {
    const connection = await connected(world);
    const all = { label: "The machine and its swarms", description: "measured" };
    const scope = await chooseScope((await overviewNow(world, connection)).swarms, subject, "Analyze Bottlenecks", all);
    if (scope === null) return;
    if (scope !== "all") return openClaims(world, connection, scope, "bottleneck_analyze");
    const of = subject?.kind === "swarm" ? { swarmId: subject.swarmId } : {};
    const report = await connection.call(calls.bottlenecks, { components: [...BOTTLENECK_COMPONENTS], ...of });
    const picked = await vscode.window.showQuickPick(
      report.findings.map((finding) => ({
        label: inPick(findingName(finding)),
        description: severityText(finding.severity),
        detail: inPick(findingEvidence(finding), 300),
        finding,
      })),
      { title: "Bottlenecks", placeHolder: `Of the last ${durationText(report.windowMs)}, the worst first` },
    );
    if (picked !== undefined) notify("info", findingExplanation(picked.finding));
  },
};
