import type { SessionState } from "../../engine/client.ts";
import type { Decision } from "../../engine/protocol/model.ts";
import type { Overview } from "../../engine/protocol/rpc.ts";
import type { BreakerRow } from "../../engine/protocol/tasks.ts";
import { countText, durationText, numberText, ratioText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { cpuShare, sumKnown, tag } from "../agents/figures.ts";
import { agentCountText } from "../agents/model.ts";
import { breakerName, stateName } from "../guard/breakers.ts";
import { spokenChange, titleText } from "../decisions/words.ts";
import { DASH, line, show } from "../show.ts";

export interface StatusFace {
  readonly text: string;
  readonly spoken: string;
  /** Plain text, one fact a line. */
  readonly tooltip: string;
  readonly severity: "normal" | "warning";
}

/**
 * The one status-bar item. No name of a process or an agent occurs in it: `$(…)` in its text would become an icon.
 * @param waiting recommendations that wait for the operator
 * @param open breakers that let nothing through
 */
export function statusFace(
  state: SessionState,
  latest: Overview | null,
  waiting: readonly Decision[] = [],
  open: readonly BreakerRow[] = [],
): StatusFace {
  switch (state.kind) {
    case "idle":
      return simple(
        "$(circle-slash) Swarm: off",
        "Swarm engine not started",
        "The engine has not been started (swarm.autoStart is off, or nothing may start before the workspace is trusted).",
      );
    case "connecting":
      return simple(
        "$(plug) Swarm: connecting",
        "Swarm engine connecting",
        `Connecting to the engine since ${show.clock(state.sinceMs)}, try ${state.attempt}.`,
      );
    case "waiting":
      if (state.reason.code === "engine.notRunning") {
        return simple(
          "$(circle-slash) Swarm: no engine",
          "Swarm engine not running",
          line(reasonText(state.reason), 400),
        );
      }
      return simple(
        "$(debug-disconnect) Swarm: disconnected",
        "Swarm engine disconnected",
        `${line(reasonText(state.reason), 400)}\nNext try at ${show.clock(state.retryAtMs)}.`,
      );
    case "failed":
      return {
        ...simple(
          "$(error) Swarm: engine failed",
          "Swarm engine failed",
          `${line(reasonText(state.reason), 400)}\nRun "Swarm: Restart Engine", or see "Swarm: Show Engine Log".`,
        ),
        severity: "warning",
      };
    case "connected":
      return latest === null
        ? simple("$(pulse) Swarm", "Swarm engine connected, first sample on its way", "Waiting for the first sample.")
        : connected(latest, waiting, open);
  }
}

function simple(text: string, spoken: string, tooltip: string): StatusFace {
  return { text, spoken, tooltip, severity: "normal" };
}

function connected(overview: Overview, recommended: readonly Decision[], open: readonly BreakerRow[]): StatusFace {
  const agents = agentCountText(overview.swarms);
  const share = sumKnown(overview.swarms.map((swarm) => cpuShare(swarm.usage, overview)));
  const waiting = sumKnown(overview.swarms.map((swarm) => (swarm.kind === "managed" ? swarm.waitingTasks : null)));
  const parts = [agents, show.percent(share)];
  // Without a swarm that has tasks nothing can wait; a dash would ask a question that nobody has.
  if (waiting !== null) parts.push(`${waiting} waiting`);
  const figures = parts.join(" · ");
  const spoken = figures.replaceAll(" · ", ", ").replace("%", " percent of this machine's CPU");
  return {
    text: [`$(pulse) ${figures}`, ...openText(open), ...recommendedText(recommended)].join(" "),
    spoken: [
      `Swarm: ${spoken}`,
      ...spokenOpen(open),
      ...recommended.map((one) => `recommended: ${spokenChange(one)}`),
    ].join(", "),
    tooltip: [
      ...open
        .slice(0, 5)
        .map((one) => `Breaker of ${breakerName(one)} is ${stateName(one)} · see the view Circuit Breakers`),
      ...recommended.slice(0, 5).map((one) => `Recommended ${titleText(one)} · waits for you in the view Decisions`),
      connectedTooltip(overview, share),
    ].join("\n"),
    severity: open.length > 0 ? "warning" : "normal",
  };
}

/** A number only: no name gets into the text. */
function openText(open: readonly BreakerRow[]): string[] {
  return open.length === 0 ? [] : [`$(error) ${countText(open.length, "breaker")} open`];
}

function spokenOpen(open: readonly BreakerRow[]): string[] {
  return open.length === 0 ? [] : [`${countText(open.length, "breaker")} open`];
}

/** `$(arrow-up) 6→8`; several in all are counted. Numbers only: no name gets into the text. */
function recommendedText(recommended: readonly Decision[]): string[] {
  const [first] = recommended;
  if (first === undefined) return [];
  if (recommended.length > 1) return [`$(lightbulb) ${recommended.length} recommendations`];
  return [`$(arrow-${first.to > first.from ? "up" : "down"}) ${first.from}→${first.to}`];
}

function connectedTooltip(overview: Overview, share: number | null): string {
  const { host, engine } = overview;
  const lines = [
    `Agents use ${show.percent(share)} of this machine's CPU · ${share === null ? "unknown" : tag("derived", overview)}`,
  ];
  if (host === null) lines.push("This machine: no sample yet");
  else {
    lines.push(
      `Machine CPU ${show.percent(host.cpuBusyRatio)} busy of ${numberText(host.cpuCount)} cores, ${numberText(host.cpuCapacityCores)} usable · ${host.cpuBusyRatio === null ? "unknown" : tag("derived", overview)}`,
      `Memory ${show.bytes(host.memoryAvailableBytes)} available of ${show.bytes(host.memoryCapacityBytes)} (${tag("measured", overview, "now")}), ${show.bytes(host.memoryUsedBytes)} used (derived)`,
      host.pressure === null
        ? `Pressure ${DASH} · unknown: this system has no PSI`
        : `Pressure CPU ${ratioText(host.pressure.cpu.someRatio10s)}, memory ${ratioText(host.pressure.memory.someRatio10s)}, I/O ${ratioText(host.pressure.io.someRatio10s)} · measured over 10 s`,
    );
  }
  lines.push(
    `Engine itself ${show.percent(engine.cpuRatio)} of one core, ${show.bytes(engine.rssBytes)}; keeper ${show.bytes(engine.keeperRssBytes)} · ${engine.cpuRatio === null ? "unknown" : "derived"}`,
    `Sampled ${show.clock(overview.wallMs)}, every ${durationText(engine.tickIntervalMs)}`,
  );
  for (const notice of engine.notices.slice(0, 5)) lines.push(line(reasonText(notice), 300));
  return lines.join("\n");
}
