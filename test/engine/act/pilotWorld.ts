import { Pilot } from "../../../src/engine/act/pilot.ts";
import { ManualClock } from "../../../src/engine/common/clock.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { uuidv7 } from "../../../src/engine/common/uuid.ts";
import { AdaptiveScaler } from "../../../src/engine/decide/adaptiveScaler.ts";
import { Shadow } from "../../../src/engine/decide/shadow.ts";
import { planRules } from "../../../src/engine/decide/sizingRules.ts";
import type {
  DecisionLedger,
  ScalerPort,
  ScalerVerdict,
  ScalerView,
  SwarmsPort,
  SwarmView,
} from "../../../src/engine/ports.ts";
import { scalingPolicy } from "../../../src/engine/protocol/config.ts";
import type { Decision, SwarmActivity, SwarmMode } from "../../../src/engine/protocol/model.ts";
import type { ActionOutcome } from "../../../src/engine/protocol/rpc.ts";

/** Keeps decisions as a file would: copies, in order of writing. */
export class MemoryLedger implements DecisionLedger {
  rows: Decision[] = [];
  failing = false;
  add = (decision: Decision) => {
    if (this.failing) throw new CodedError("store.write", {});
    this.rows.push(structuredClone(decision));
  };
  update = (decision: Decision) => {
    if (this.failing) throw new CodedError("store.write", {});
    this.rows = this.rows.map((row) => (row.id === decision.id ? structuredClone(decision) : row));
  };
  get = (id: string) => this.rows.find((row) => row.id === id) ?? null;
  list = ({ swarmId, limit }: { swarmId?: string | undefined; limit: number }) =>
    this.rows
      .filter((row) => swarmId === undefined || row.swarmId === swarmId)
      .toReversed()
      .slice(0, limit);
  open = () => this.rows.filter(({ state }) => state.kind === "recommended" || state.kind === "acting");
}

/** One swarm that does what it is told at once, never, or when asked to. */
export class FakeSwarm {
  readonly id = "s";
  readonly label = "s";
  readonly supportOf = null;
  readonly minAgents = 2;
  readonly maxAgents = 20;
  readonly timeScale = 1;
  readonly scaling = scalingPolicy.parse({});
  target = 4;
  alive = 4;
  mode: SwarmMode = "auto";
  heldByOperator = false;
  activityKind: SwarmActivity["kind"] = "steady";
  settle: ((outcome: ActionOutcome) => void) | null = null;
  obeys: "at once" | "later" = "at once";
  readonly asked: number[] = [];

  startUpMs = () => null;
  agents = () => Array.from({ length: this.alive }, (_, n) => ({ id: `a${n}`, task: this.busy ? "t" : null }));
  busy = false;
  readonly deadlines: number[] = [];
  live = () => this.alive;
  onlyDrains = () => this.draining;
  draining = false;
  cut = 0;
  room = 100;
  gone = false;
  waitedMs: number[] = [];
  ranMs: number[] = [];
  failed = 0;
  demand = 0;
  readonly drainTimeoutMs = 600_000;
  activity = () => ({ kind: this.activityKind });
  refusal = (to: number) => (to > 20 ? { code: "scale.aboveMax", args: {} } : null);

  view(): SwarmView {
    return this as unknown as SwarmView;
  }

  scale(target: number, deadlineMs = 0): Promise<ActionOutcome> {
    this.asked.push(target);
    this.deadlines.push(deadlineMs);
    this.target = target;
    if (this.obeys === "at once") {
      this.alive = target;
      return Promise.resolve({ kind: "confirmed", live: target, elapsedMs: 5 });
    }
    return new Promise((resolve) => (this.settle = resolve));
  }
}

export class FakeScaler implements ScalerPort {
  next: number | null = null;
  currentRatio = 0.5;
  readonly actions: [number, number][] = [];
  readonly byOperator: boolean[] = [];
  look({ target, live }: ScalerView): ScalerVerdict {
    const inputs = { live, target, currentRatio: this.currentRatio } as ScalerVerdict["inputs"];
    return { to: this.next ?? target, reason: { code: "scaling.up", args: {} }, inputs };
  }
  acted(from: number, to: number, _atMs: number, byOperator = false): void {
    this.actions.push([from, to]);
    this.byOperator.push(byOperator);
  }
}

export function world(ledger = new MemoryLedger(), swarm = new FakeSwarm(), inSteps = false) {
  const clock = new ManualClock();
  const scaler = new FakeScaler();
  const swarms = {
    list: () => (swarm.gone ? [] : [swarm.view()]),
    get: () => swarm.view(),
    scale: (_: string, target: number, deadlineMs: number) => swarm.scale(target, deadlineMs),
  } as unknown as SwarmsPort;
  const nothing = () => undefined;
  const pilot = new Pilot({
    swarms,
    decisions: ledger,
    rules: {
      newScaler: () => scaler,
      taskSeconds: () => 7,
      cooldownMs: () => 300_000,
      withinRoom: (verdict) => ({ ...verdict, to: Math.min(verdict.to, swarm.target + swarm.room) }),
      newShadow: () => new Shadow(new AdaptiveScaler()),
      plan: inSteps ? planRules : { ...planRules, planSteps: (_, to) => [to] },
    },
    pressure: () => null,
    tasks: () => ({ waitedMs: swarm.waitedMs, ranMs: swarm.ranMs, failed: swarm.failed, cut: swarm.cut }),
    clock,
    log: { debug: nothing, info: nothing, warn: nothing, error: nothing },
    newId: (ms) => uuidv7(ms),
  });
  const look = (): void =>
    pilot.look(
      [
        {
          swarmId: "s",
          reading: {
            monotonicMs: clock.monotonicMs(),
            low: swarm.demand,
            high: swarm.demand,
            source: "measured",
          },
          forecast: null,
        },
      ],
      { wallMs: clock.wallMs(), monotonicMs: clock.monotonicMs() },
      1_000,
    );
  const states = () => ledger.rows.map(({ origin, from, to, state }) => `${origin} ${from}→${to} ${state.kind}`);
  return { clock, scaler, swarm, pilot, ledger, look, states };
}

/** Promises that are settled get their turn. */
export const turn = () => new Promise((resolve) => setImmediate(resolve));
export const signal = new AbortController().signal;
