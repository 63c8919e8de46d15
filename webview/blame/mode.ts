import type { BlameReport } from "../../src/engine/protocol/blame.ts";
import { BLAME_GROUPS, blameFigure, blameGaps, cpuText, MEASURE_MEANINGS } from "../../src/text/blame.ts";
import { bytesText, countText } from "../../src/text/figures.ts";
import type { PageMode, PageTable } from "../flame/mode.ts";
import type { FrameGroups } from "../flame/scene.ts";

const MICROSECONDS = 1e6;
/** Each kind of thing has the same colour whatever is measured. */
const GROUPS = [...new Set(Object.values(BLAME_GROUPS))];

/** @param nodeOf index of a node of each frame */
export function groupsOf({ nodes }: BlameReport, nodeOf: readonly number[]): FrameGroups {
  return {
    names: GROUPS,
    of: Int32Array.from(nodeOf, (at) => GROUPS.indexOf(BLAME_GROUPS[nodes[at]?.kind ?? "others"])),
  };
}

/** What is known of what is shown now: `null` before anything has come. */
export interface Shown {
  readonly report: BlameReport;
  readonly nodeOf: readonly number[];
}

/** An icicle of blame, in the words of blame. @param shown asked for whenever a word depends on it */
export function blameMode(header: readonly HTMLElement[], table: PageTable, shown: () => Shown | null): PageMode {
  return {
    header,
    table: () => table,
    words: {
      title: "Blame",
      waiting: "Adding up the accounts…",
      picture: "Who used",
      search: "Search swarms, agents, tools, processes, threads and functions",
      noun: "name",
      orders: { time: "", heavy: "The largest first", sandwich: "One name everywhere" },
      colours: { package: "By kind", self: "By own use", change: "" },
      totalHere: "Here, all below included",
      selfHere: "Here, not divided further",
      totalAll: "Under this name everywhere",
      selfAll: "Everywhere, not divided",
      copy: "Copy Path (C)",
      around: "This Name Everywhere (X)",
      callers: "above",
      alone: "At the top.",
      weight: (weight, unit) => (unit === "bytes" ? bytesText(weight) : cpuText(weight / MICROSECONDS)),
      placeless: (frame) => {
        const now = shown();
        const node = now?.report.nodes[now.nodeOf[frame] ?? -1];
        if (node === undefined) return "";
        const started = node.parentPid === undefined ? "" : ` · started by ${node.parentPid}`;
        return `${BLAME_GROUPS[node.kind]} · ${node.source}${started}`;
      },
    },
    sentence: ({ tree }) => {
      const report = shown()?.report;
      if (report === undefined || !(tree.all > 0)) return "";
      const { total, by, processes, profiles } = report;
      const functions =
        profiles === 0 ? "" : ` Functions are from ${countText(profiles, "profile")}, in its proportions.`;
      return [
        `${blameFigure(total, report)} by ${countText(processes, "process", "processes")}: ${MEASURE_MEANINGS[by]}.${functions}`,
        ...blameGaps(report),
      ].join(" ");
    },
  };
}
