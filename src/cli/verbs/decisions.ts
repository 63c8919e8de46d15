import { type CliDecision, type DecisionsOutput, decisionsFlags, decisionsOutput } from "../../engine/protocol/cli.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { anomalyText } from "../../text/anomaly.ts";
import { untilText } from "../../text/clock.ts";
import { durationText } from "../../text/figures.ts";
import { impactText } from "../../text/impact.ts";
import { recordsText } from "../../text/orchestrated.ts";
import { reasonText } from "../../text/reasons.ts";
import type { Line, Span } from "../lines.ts";
import { type Column, table } from "../table.ts";
import { localTime } from "../times.ts";
import { defineVerb } from "../verb.ts";

export const decisions = defineVerb({
  name: "decisions",
  summary: "List what was decided about the swarms' sizes, by whom, why, and how it went",
  notes: [
    "A recommendation waits until 'decision-apply ID' or 'decision-dismiss ID'. '*' marks what 'decision-undo ID' can undo.",
    "--json has the figures that each decision rests on.",
  ],
  flags: decisionsFlags,
  output: decisionsOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    const swarm = flags["swarm-id"] === undefined ? {} : { swarmId: flags["swarm-id"] };
    const before = flags.before === undefined ? {} : { before: flags.before };
    return connection.call(calls.decisions, { ...swarm, ...before, limit: flags.limit }, context.interrupt);
  },
  render: (output, width) => decisionsLines(output, width),
});

const COLUMNS: readonly Column[] = [
  { title: "TIME", align: "left" },
  { title: "SWARM", align: "left" },
  { title: "AGENTS", align: "right" },
  { title: "WHO", align: "left" },
  { title: "STATE", align: "left" },
  { title: "ID", align: "left" },
  { title: "WHY", align: "left", elastic: true },
];

export function decisionsLines({ decisions: rows, more, holds }: DecisionsOutput, width: number | null): Line[] {
  const held = holds.map(({ swarmId, untilMs }): Line => [
    { text: `${swarmId} is on hold${untilText(untilMs)}: nothing is decided about it`, tone: "warn" },
  ]);
  if (rows.length === 0)
    return [...held, ["No decisions yet. They appear when a swarm is sized, or when a change is recommended."]];
  const cells = rows.map((row): Span[] => [
    localTime(row.wallMs),
    row.swarmId,
    `${row.from} → ${row.to}`,
    who(row),
    stateSpan(row),
    row.undoRefusal === null ? `${row.id} *` : row.id,
    why(row),
  ]);
  const last = rows.at(-1);
  return [
    ...held,
    ...table(COLUMNS, cells, width),
    ...(more && last !== undefined
      ? [[{ text: `older ones: --before ${last.id}`, tone: "faint" }] satisfies Line]
      : []),
  ];
}

function who({ origin, by }: CliDecision): string {
  const client = by ?? "";
  if (origin === "scaler") return client === "" ? "scaler" : `scaler, ${client}`;
  if (origin === "agent") return `agent${client === "" ? "" : `, ${client}`}`;
  return origin === "undo" ? `undo${client === "" ? "" : `, ${client}`}` : client === "" ? "operator" : client;
}

/** How far it is, and since when or in which time. */
function stateSpan({ state, undoneBy, plan }: CliDecision): Span {
  const undone = undoneBy === null ? "" : ", undone";
  switch (state.kind) {
    case "recommended":
      return { text: "waits for you", tone: "warn" };
    case "withdrawn":
      return { text: "withdrawn", tone: "faint" };
    case "acting":
      return plan === undefined ? "under way" : `under way, at ${plan.at}`;
    case "rolledBack":
      return { text: `rolled back to ${state.to}${undone}`, tone: "warn" };
    case "confirmed":
      return state.claimed === undefined
        ? { text: `confirmed in ${durationText(state.elapsedMs)}${undone}`, tone: "good" }
        : `confirmed in ${durationText(state.elapsedMs)}, ${recordsText(state.claimed.records, null, state.live)}${undone}`;
    case "unconfirmed": {
      const { live, claimed } = state;
      const seen = claimed === undefined ? `${live} alive` : recordsText(claimed.records, null, live);
      return { text: `unconfirmed, ${seen}${undone}`, tone: "warn" };
    }
    case "refused":
      return { text: "refused", tone: "bad" };
    case "interrupted":
      return { text: "interrupted", tone: "warn" };
  }
}

/** The reason of the decision, and of its end when that needs one. */
function why({ reason, state, inputs, plan, impact, notes = [] }: CliDecision): string {
  const anomaly = inputs?.anomaly;
  const effect = impact === undefined ? "" : impactText(impact);
  const sentences = [
    reasonText(reason),
    ...(anomaly === undefined ? [] : [`The load is unusual: ${anomalyText(anomaly.metric, (key) => anomaly[key])}.`]),
    ...(plan === undefined ? [] : [`In steps: ${plan.steps.join(", ")}.`]),
    ...("reason" in state ? [reasonText(state.reason)] : []),
    ...(effect === "" ? [] : [`Effect: ${effect}.`]),
    ...notes.map(reasonText),
  ];
  return sentences.map((text, i) => (i + 1 === sentences.length || text.endsWith(".") ? text : `${text}.`)).join(" ");
}
