import type { LeaseRow } from "../../engine/protocol/leases.ts";
import type { BreakerRow, GuardState, LaneRow, TaskRow } from "../../engine/protocol/tasks.ts";
import { rowContexts } from "../ids.ts";
import { line } from "../show.ts";
import type { Icon, TreeNode } from "../tree/node.ts";
import { breakerName, isOpen } from "./breakers.ts";
import { faultsText } from "../../text/faults.ts";
import {
  breakerText,
  breakerTooltip,
  laneText,
  laneTooltip,
  leasedUnits,
  leaseText,
  leaseTooltip,
  taskText,
  taskTooltip,
} from "./words.ts";

/** Leases of a lane that are shown; the command line lists all. */
const MAX_LEASES = 50;

/**
 * Paused and draining lanes first, else critical, standard, background. A lane that is full says so where it stands: one
 * that moved with every task could not be clicked.
 */
export function bulkheadsTree(state: GuardState, nowMs: number): readonly TreeNode[] {
  const needs = ({ gate }: LaneRow) => gate !== "open";
  const lanes = [...state.lanes.filter(needs), ...state.lanes.filter((row) => !needs(row))];
  return [...faultNodes(state), ...lanes.map((row) => laneNode(row, nowMs))];
}

/** Open ones first, then those of swarms, then those of lanes. */
export function breakersTree(state: GuardState, nowMs: number): readonly TreeNode[] {
  const rank = (row: BreakerRow) => (isOpen(row) ? 0 : row.state.kind === "halfOpen" ? 1 : row.of === "swarm" ? 2 : 3);
  const rows = state.breakers.toSorted((a, b) => rank(a) - rank(b) || (a.of === b.of ? 0 : a.of === "swarm" ? -1 : 1));
  return rows.map((row) => breakerNode(row, nowMs));
}

function faultNodes({ faults }: GuardState): readonly TreeNode[] {
  if (faults === null) return [];
  const text = faultsText(faults);
  return [
    {
      id: "faults",
      subject: { kind: "faults" },
      face: {
        label: "Faults injected",
        description: text,
        icon: { name: "beaker", color: "list.warningForeground" },
        context: rowContexts.faults,
        spoken: `Faults are injected into the demo swarm: ${text}`,
        fold: "none",
      },
      tooltip: () =>
        `An operator injected faults into the demo swarm: ${text}.\nThey end with the engine, or by the button.`,
      children: [],
    },
  ];
}

function laneNode(row: LaneRow, nowMs: number): TreeNode {
  const description = laneText(row);
  const id = `lane/${row.lane}`;
  const { leases = [] } = row;
  const tasks = [...row.running, ...row.waiting];
  return {
    id,
    subject: { kind: "lane", lane: row.lane },
    face: {
      label: row.lane,
      description,
      icon: laneIcon(row),
      context: { open: rowContexts.laneOpen, paused: rowContexts.lanePaused, draining: rowContexts.laneDraining }[
        row.gate
      ],
      spoken: `Lane ${row.lane}: ${description.replaceAll(" · ", ", ")}`,
      fold: tasks.length + leases.length === 0 ? "none" : "closed",
    },
    tooltip: () => laneTooltip(row),
    children: [
      ...leases.slice(0, MAX_LEASES).map((lease) => leaseNode(id, lease, nowMs)),
      ...tasks.map((task) => taskNode(id, task, nowMs)),
      ...moreNode(id, row),
    ],
  };
}

function laneIcon({ gate, queued, queueLimit }: LaneRow): Icon {
  if (gate === "paused") return { name: "debug-pause", color: "list.warningForeground" };
  if (gate === "draining") return { name: "fold-down", color: "list.warningForeground" };
  if (queued > 0 && queued >= queueLimit) return { name: "warning", color: "list.warningForeground" };
  return { name: "layers", color: null };
}

function leaseNode(parentId: string, row: LeaseRow, nowMs: number): TreeNode {
  const label = `leased to ${line(row.by, 60) || row.holder.pid}`;
  const description = leaseText(row, nowMs);
  return {
    id: `${parentId}/lease/${row.id}`,
    subject: { kind: "lease", leaseId: row.id },
    face: {
      label,
      description,
      icon: { name: "key", color: null },
      context: rowContexts.lease,
      spoken: `${label}, ${description.replaceAll(" · ", ", ")}`,
      fold: "none",
    },
    tooltip: () => leaseTooltip(row, nowMs),
    children: [],
  };
}

function taskNode(parentId: string, row: TaskRow, nowMs: number): TreeNode {
  const running = row.state.kind === "running";
  const label = line(row.label, 80) || "task";
  const description = taskText(row, nowMs);
  return {
    id: `${parentId}/${row.id}`,
    subject: { kind: "task", taskId: row.id },
    face: {
      label,
      description,
      icon: running ? { name: "play-circle", color: "charts.blue" } : { name: "clock", color: null },
      context: rowContexts.task,
      spoken: `Task ${label}, ${description.replaceAll(" · ", ", ")}`,
      fold: "none",
    },
    tooltip: () => taskTooltip(row, nowMs),
    children: [],
  };
}

/** Beyond what is sent: where to find them. */
function moreNode(parentId: string, row: LaneRow): readonly TreeNode[] {
  const running = row.inUse - leasedUnits(row.leases ?? []);
  const hidden = Math.max(0, running - row.running.length) + Math.max(0, row.queued - row.waiting.length);
  if (hidden === 0) return [];
  return [
    {
      id: `${parentId}/more`,
      subject: { kind: "group" },
      face: {
        label: `${hidden} more`,
        description: `swarm-allocator tasks --lane ${row.lane} lists them`,
        icon: { name: "ellipsis", color: null },
        context: rowContexts.group,
        spoken: `${hidden} more tasks are not shown`,
        fold: "none",
      },
      tooltip: () => `${hidden} more tasks of this lane are not shown here.`,
      children: [],
    },
  ];
}

function breakerNode(row: BreakerRow, nowMs: number): TreeNode {
  const label = breakerName(row);
  const description = breakerText(row, nowMs);
  return {
    id: `breaker/${row.id}`,
    subject: { kind: "breaker", breakerId: row.id },
    face: {
      label,
      description,
      icon: breakerIcon(row),
      context: `breaker.${row.state.kind}`,
      spoken: `Breaker of ${label}: ${description.replaceAll(" · ", ", ")}`,
      fold: "none",
    },
    tooltip: () => breakerTooltip(row, nowMs),
    children: [],
  };
}

/** Every state has a shape and words of its own; the colour only repeats them. */
function breakerIcon({ state }: BreakerRow): Icon {
  switch (state.kind) {
    case "closed":
      return { name: "pass", color: "charts.green" };
    case "open":
      return { name: "error", color: "testing.iconFailed" };
    case "halfOpen":
      return { name: "sync", color: "charts.yellow" };
    case "forcedOpen":
      return { name: "circle-slash", color: "testing.iconFailed" };
    case "metricsOnly":
      return { name: "eye", color: "list.warningForeground" };
  }
}
