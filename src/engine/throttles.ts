import type { Clock } from "./common/clock.ts";
import type { FootprintsPort, SwarmsPort, SwarmView } from "./ports.ts";
import type { GateKind, ThrottleGate, ThrottleReport } from "./protocol/agentCalls.ts";
import type { Lane } from "./protocol/lanes.ts";
import type { LeaseHolder } from "./protocol/leases.ts";
import type { Coded } from "./protocol/model.ts";
import type { BreakerRow, GuardState, LaneRow } from "./protocol/tasks.ts";

export interface ThrottlesParts {
  readonly guard: () => GuardState;
  readonly swarms: Pick<SwarmsPort, "list">;
  readonly footprints: Pick<FootprintsPort, "room">;
  /** Why nothing is given away for the machine's sake now; `null`: nothing speaks against it. */
  readonly machineRefusal: () => Coded | null;
  readonly storeProblem: () => Coded | null;
  readonly outputRefusal: (swarmId: string) => Coded | null;
  readonly waitingIn: (swarmId: string) => number;
  readonly holdsLease: (holder: LeaseHolder) => boolean;
  readonly clock: Clock;
}

export interface ThrottleQuery {
  readonly swarmId?: string | undefined;
  readonly lane?: Lane | undefined;
  /** Who asks: whether it has a lease is told as well. */
  readonly holder?: LeaseHolder | undefined;
}

/** A gate that is closed, before it is known since when; `sinceMs`: as the thing itself tells, wall clock. */
type Closed = Omit<ThrottleGate, "sinceMs" | "sinceSource"> & { readonly sinceMs?: number };

/** What is closed now, and since when. Looks once a tick, so that "since" is known for what has no clock of its own. */
export class Throttles {
  readonly #parts: ThrottlesParts;
  /** When each was first seen closed, monotonic; `null`: it was so at the first look. */
  #seen: Map<string, number | null> | null = null;

  constructor(parts: ThrottlesParts) {
    this.#parts = parts;
  }

  /** Once a tick. Synchronous and bounded. */
  look(): void {
    const now = this.#parts.clock.monotonicMs();
    const before = this.#seen;
    const seen = new Map<string, number | null>();
    for (const gate of this.#closed()) {
      const key = keyOf(gate);
      const known = before?.get(key);
      seen.set(key, known !== undefined ? known : before === null ? null : now);
    }
    this.#seen = seen;
  }

  report({ swarmId, lane, holder }: ThrottleQuery): ThrottleReport {
    const { clock, holdsLease } = this.#parts;
    this.look();
    const concerns = (gate: Closed) =>
      (gate.lane === null || lane === undefined || gate.lane === lane) &&
      (gate.swarmId === null || swarmId === undefined || gate.swarmId === swarmId);
    const gates = this.#closed()
      .filter(concerns)
      .map((gate) => this.#dated(gate));
    if (holder !== undefined && !holdsLease(holder))
      gates.push({
        ...closed("noLease", { code: "throttle.noLease", args: {} }),
        ...{ sinceMs: null, sinceSource: "unknown" },
      });
    return { wallMs: clock.wallMs(), gates };
  }

  #dated({ sinceMs, ...gate }: Closed): ThrottleGate {
    if (sinceMs !== undefined) return { ...gate, sinceMs, sinceSource: "measured" };
    const seen = this.#seen?.get(keyOf(gate)) ?? null;
    if (seen === null) return { ...gate, sinceMs: null, sinceSource: "unknown" };
    const { clock } = this.#parts;
    return { ...gate, sinceMs: Math.round(clock.wallMs() - (clock.monotonicMs() - seen)), sinceSource: "derived" };
  }

  #closed(): readonly Closed[] {
    const { guard, swarms, storeProblem, machineRefusal } = this.#parts;
    const state = guard();
    const problem = storeProblem();
    const refusal = machineRefusal();
    const own = swarms.list().filter(({ supportOf }) => supportOf === null);
    return [
      ...(problem === null ? [] : [closed("store", problem)]),
      ...(refusal === null ? [] : [closed("pressure", refusal)]),
      ...this.#memory(),
      ...state.lanes.flatMap((row) => laneGates(row)),
      ...state.breakers.flatMap((row) => breakerGate(row)),
      ...own.flatMap((swarm) => this.#swarmGates(swarm)),
    ];
  }

  /** Nothing is left of what may be given away. */
  #memory(): readonly Closed[] {
    const { leftBytes, reserveBytes, promisedBytes } = this.#parts.footprints.room("");
    if (leftBytes === null || leftBytes > 0) return [];
    return [closed("memory", { code: "throttle.memory", args: { reserveBytes, promisedBytes } })];
  }

  #swarmGates(swarm: SwarmView): readonly Closed[] {
    const { id, label, target, maxAgents, heldByOperator, heldUntilMs } = swarm;
    const { outputRefusal, waitingIn } = this.#parts;
    const gates: Closed[] = [];
    const add = (gate: GateKind, reason: Coded, untilMs: number | null = null) =>
      gates.push({ ...closed(gate, reason), swarmId: id, untilMs });
    const activity = swarm.activity();
    if (heldByOperator) add("hold", { code: "throttle.held", args: { label, untilMs: heldUntilMs } }, heldUntilMs);
    else if (activity.kind === "held") add("hold", activity.reason);
    const quota = outputRefusal(id);
    if (quota !== null) add("quota", quota);
    if (target === 0) {
      add("stopped", { code: "throttle.stopped", args: { label } });
      return gates;
    }
    const waiting = waitingIn(id);
    const agents = swarm.agents();
    const isIdle = agents.some(({ state }) => state === "idle");
    if (waiting > 0 && !isIdle && swarm.agentType === "worker")
      add("agentsBusy", { code: "throttle.agentsBusy", args: { label, waiting, live: agents.length } });
    if (waiting > 0 && target >= maxAgents)
      add("atMaximum", { code: "throttle.atMaximum", args: { label, maxAgents } });
    return gates;
  }
}

function closed(gate: GateKind, reason: Coded): Omit<Closed, "sinceMs"> {
  return { gate, lane: null, swarmId: null, reason, untilMs: null };
}

function keyOf({ gate, lane, swarmId }: Pick<ThrottleGate, "gate" | "lane" | "swarmId">): string {
  return `${gate}/${lane ?? ""}/${swarmId ?? ""}`;
}

function laneGates(row: LaneRow): readonly Closed[] {
  const { lane, gate, inUse, limit, queued, queueLimit, leases = [] } = row;
  const gates: Closed[] = [];
  const leased = leases.reduce((sum, { units }) => sum + units, 0);
  if (gate !== "open")
    gates.push({ ...closed("laneClosed", { code: "throttle.laneClosed", args: { lane, gate } }), lane });
  if (inUse >= limit) {
    const reason = { code: "throttle.laneFull", args: { lane, limit, running: inUse - leased, leased, queued } };
    // What leases hold comes back by itself; nobody knows when a task ends.
    const untilMs = leases.length === 0 ? null : Math.min(...leases.map((lease) => lease.untilMs));
    gates.push({ ...closed("laneFull", reason), lane, untilMs });
  }
  if (queued >= queueLimit && inUse >= limit)
    gates.push({ ...closed("queueFull", { code: "throttle.queueFull", args: { lane, queued, queueLimit } }), lane });
  return gates;
}

function breakerGate({ id, label, of, state }: BreakerRow): readonly Closed[] {
  if (state.kind === "closed" || state.kind === "metricsOnly") return [];
  const name = id.slice(id.indexOf(":") + 1);
  const about = of === "lane" ? { lane: name as Lane, swarmId: null } : { lane: null, swarmId: name };
  const gate: GateKind = of === "lane" ? "laneBreaker" : "swarmBreaker";
  const { sinceMs } = state;
  switch (state.kind) {
    case "open":
      return [
        {
          ...closed(gate, { code: "throttle.breakerOpen", args: { of, label, ...because(state.reason) } }),
          ...about,
          ...{ sinceMs, untilMs: state.untilMs },
        },
      ];
    case "halfOpen": {
      const { successes, needed } = state;
      const reason = { code: "throttle.breakerTrying", args: { of, label, successes, needed } };
      return [{ ...closed(gate, reason), ...about, sinceMs }];
    }
    case "forcedOpen":
      return [
        { ...closed(gate, { code: "throttle.breakerForced", args: { of, label, by: state.by } }), ...about, sinceMs },
      ];
  }
}

/** Figures of the breaker's own reason; its code says which kind of failure they count. */
function because({ code, args }: Coded): Coded["args"] {
  return { cause: code, failures: args["failures"] ?? null, calls: args["calls"] ?? null };
}
