import type { SwarmStatus } from "../../engine/protocol/cli.ts";
import { recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import { indent, type Line, type Tone } from "../lines.ts";
import { type Column, table } from "../table.ts";

type Orchestrated = NonNullable<SwarmStatus["orchestrated"]>;

const COLUMNS: readonly Column[] = [
  { title: "TOOL", align: "left" },
  { title: "GRADE", align: "left" },
  { title: "CALLED", align: "left" },
  { title: "WHY", align: "left", elastic: true },
];
const TONES: Readonly<Partial<Record<Orchestrated["tools"][number]["grade"], Tone>>> = {
  verified: "good",
  stub: "bad",
  absent: "faint",
  unprobed: "faint",
};

export function orchestratedFacts(swarm: SwarmStatus, { server, link, recordCount }: Orchestrated): string[] {
  const named = server === null ? (swarm.provider ?? "") : `${server.name} ${server.version}`.trim();
  return [
    recordsText(recordCount, swarm.target, swarm.agents.length),
    ...(named === "" ? [] : [named]),
    ...(link.kind === "connected" ? [] : [link.kind === "connecting" ? "connecting" : "not connected"]),
    ...(swarm.mode === null ? [] : [swarm.mode]),
  ];
}

/** Its tools with their grades, and why nothing follows by itself. */
export function orchestratedLines({ orchestrated }: SwarmStatus, width: number | null): Line[] {
  if (orchestrated === undefined) return [];
  const rows = orchestrated.tools.map(({ role, grade, tools, reason }) => {
    const tone = TONES[grade];
    const called = tools.length === 1 && tools[0] === role ? "" : tools.join(", ");
    return [role, tone === undefined ? grade : { text: grade, tone }, called, reasonText(reason)];
  });
  return [
    ...indent(table(COLUMNS, rows, width === null ? null : width - 2)),
    [{ text: `  ${reasonText(orchestrated.advice)}`, tone: "faint" }],
  ];
}
