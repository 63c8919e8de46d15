import type { DiagnosticDoors } from "./doors.ts";
import type { Coded, EngineHealth, HostFacts, HostSample } from "./model.ts";
import type { LogRecord } from "./rpc.ts";

/** Everything a bug report needs and nothing secret: by field allowlist, no commands, arguments, environments or tokens. */
export interface Diagnostics {
  readonly wallMs: number;
  readonly engine: EngineHealth;
  readonly runtime: {
    readonly node: string;
    readonly platform: string;
    readonly arch: string;
    readonly sqlite: string;
    readonly uptimeSeconds: number;
  };
  readonly host: HostSample | null;
  readonly facts: Omit<HostFacts, "hostname" | "fileSystems"> | null;
  readonly swarms: readonly {
    readonly id: string;
    readonly kind: "managed" | "observed" | "orchestrated";
    readonly agents: number;
    readonly target: number | null;
    readonly mode: string | null;
    readonly activity: string | null;
    readonly problem: Coded | null;
  }[];
  readonly store: StoreHealth;
  readonly doors: DiagnosticDoors;
  readonly log: readonly LogRecord[];
}

/** What the store holds. Counts and times only. */
export interface StoreHealth {
  readonly schemaVersion: number;
  readonly bytes: number;
  readonly maxBytes: number;
  readonly series: number;
  readonly maxSeries: number;
  readonly oldestSampleMs: number | null;
  readonly newestSampleMs: number | null;
  /** `quick_check` at start. */
  readonly check: "ok" | "rebuilt";
  /** Writing fails now, and why. */
  readonly problem: Coded | null;
  /** Samples not kept since the engine started because writing failed. */
  readonly droppedTicks: number;
}
