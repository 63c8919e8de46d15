import { setTimeout as delay } from "node:timers/promises";
import { randomBytes } from "node:crypto";
import { DisposableStore } from "../../common/disposable.ts";
import { type Coded, CodedError, toCoded } from "../../common/errors.ts";
import { Emitter } from "../../common/event.ts";
import { orAborted } from "../../common/orAborted.ts";
import type {
  AllocationKept,
  ClaimedAnswer,
  ClaudeFlowSwarm as Configured,
  ToolRole,
  TopologyResult,
} from "../../protocol/orchestrators.ts";
import type { SwarmActivity } from "../../protocol/model.ts";
import type {
  OrchestratedSwarm,
  OrchestratorDefinition,
  OrchestratorParts,
  OrchestratorView,
  RecordsOutcome,
} from "../provider.ts";
import { failureOf, type Listed, recordsOf } from "./answers.ts";
import { defaultAgentType, type Dialect, dialectOf, isDialect } from "./dialect.ts";
import { Grades } from "./grades.ts";
import { Link } from "./link.ts";
import { type Ask, probe } from "./probe.ts";
import { askRole, keepAllocation, optimizeTopology } from "./requests.ts";
import { scaleRecords } from "./scaleRecords.ts";
import { Unseen } from "./unseen.ts";

const READ_EVERY_MS = 5_000;
const TOOLS_EVERY_MS = 300_000;
const TOOLS_PAUSE_MS = 2_000;
/** Until its list is known to be worth something. */
const LIST_AGAIN_MS = 30_000;
/** Records that are shown one by one. */
const SHOWN = 200;
const READ_AGAIN_MS = 300;

/** One swarm of claude-flow: connected, graded, read, and sized by its records. What it says is never more than its word. */
export class ClaudeFlowSwarm implements OrchestratedSwarm {
  readonly id: string;
  readonly #parts: OrchestratorParts;
  readonly #configured: () => Configured;
  readonly #link: Link;
  readonly #abort = new AbortController();
  readonly #owned = new DisposableStore();
  readonly #changed = new Emitter<void>();
  readonly onChange = this.#changed.on;
  #definition: OrchestratorDefinition;
  #grades: Grades;
  #dialect: Dialect | null = null;
  #madeUp: ReadonlySet<string> = new Set();
  /** Whether it is known which of its records are made up. */
  #isListProbed = false;
  readonly #unseen: Unseen;
  #server: OrchestratorView["server"] = null;
  #records: readonly Listed[] | null = null;
  #recordsAtMs: number | null = null;
  #problem: Coded | null = null;
  #target: number | null = null;
  #change: { readonly from: number; readonly to: number; readonly sinceMs: number } | null = null;
  #unconfirmed: { readonly target: number; readonly reason: Coded } | null = null;
  /** Requests go one after the other: what one reads must not be what another is about to change. */
  #turn: Promise<unknown> = Promise.resolve();
  #looking = false;
  #readAt = 0;
  #toolsAt = 0;
  #toolsPausedUntil = 0;

  constructor(definition: OrchestratorDefinition, configured: () => Configured, parts: OrchestratorParts) {
    this.id = definition.id;
    this.#definition = definition;
    this.#parts = parts;
    this.#configured = configured;
    this.#grades = new Grades(() => parts.clock.wallMs());
    this.#unseen = new Unseen(() => parts.clock.monotonicMs());
    this.#link = new Link(definition.id, configured, parts, () => this.#changed.emit());
    this.#owned.add(this.#changed);
  }

  redefine(definition: OrchestratorDefinition): void {
    const isOther = definition.connectionKey !== this.#definition.connectionKey;
    this.#definition = definition;
    if (!isOther) return;
    this.#forgetServer();
    this.#link.renew();
  }

  takeToken(url: string, token: string | null): Coded | null {
    const refusal = this.#link.takeToken(url, token);
    if (refusal === null) this.#changed.emit();
    return refusal;
  }

  observe(): void {
    if (this.#looking || this.#abort.signal.aborted) return;
    const now = this.#parts.clock.monotonicMs();
    if (this.#link.isDue) this.#look("orchestrator.connectFailed", () => this.#connect());
    else if (this.#link.isConnected && this.#areToolsDue(now))
      this.#look("orchestrator.toolsFailed", () => this.#readTools());
    else if (this.#link.isConnected && now >= this.#readAt)
      this.#look("orchestrator.readFailed", async () => void (await this.#read(this.#ask(this.#abort.signal))));
  }

  /** When the server says that they have changed, at most so often: one that says it without end is not asked without end. */
  #areToolsDue(now: number): boolean {
    if (now >= this.#toolsAt) return true;
    return now >= this.#toolsPausedUntil && this.#link.takeToolsChanged();
  }

  view(): OrchestratorView {
    const records = this.#records?.slice(0, SHOWN) ?? [];
    return {
      link: this.#link.state,
      wantsToken: this.#link.wantsToken,
      server: this.#server,
      dialect: this.#dialect?.name ?? null,
      target: this.#target,
      recordCount: this.#records?.length ?? null,
      records: records.map(({ id, type, status, busy }) => ({ id, type, status, busy })),
      busyCount: busyAmong(this.#records),
      recordsAtMs: this.#recordsAtMs,
      tools: this.#grades.list(),
      activity: this.#activity(),
      problem: this.#link.state.kind === "waiting" ? this.#link.state.reason : this.#problem,
      serverPid: this.#link.serverPid,
      directory:
        this.#configured().url === undefined ? (this.#configured().cwd ?? this.#parts.context.homeFolder) : null,
    };
  }

  breaker(): { readonly state: string; readonly failures: number; readonly refused: number } {
    return this.#link.breaker();
  }

  async scale(target: number, deadlineMs: number, signal: AbortSignal): Promise<RecordsOutcome> {
    const refusal = this.refusal(target);
    if (refusal !== null) return { kind: "refused", reason: refusal };
    const { clock } = this.#parts;
    const until = clock.monotonicMs() + deadlineMs;
    const late = AbortSignal.timeout(deadlineMs);
    const either = AbortSignal.any([signal, late, this.#abort.signal]);
    this.#target = target;
    this.#unconfirmed = null;
    this.#change = { from: this.#records?.length ?? 0, to: target, sinceMs: clock.wallMs() };
    this.#changed.emit();
    const work = this.#inTurn(() => this.#scaleNow(target, until, either));
    let outcome: RecordsOutcome;
    try {
      outcome = await orAborted(work, either);
    } catch (error) {
      const reason = late.aborted
        ? { code: "scale.recordsDeadline", args: { records: this.#records?.length ?? null, target } }
        : toCoded(error);
      outcome = { kind: "unconfirmed", records: this.#records?.length ?? null, reason, notes: [] };
    } finally {
      this.#change = null;
    }
    if (outcome.kind === "unconfirmed") this.#unconfirmed = { target, reason: outcome.reason };
    this.#changed.emit();
    return outcome;
  }

  ask(role: ToolRole, signal: AbortSignal): Promise<ClaimedAnswer> {
    return this.#asking(signal, (asking) => askRole(role, asking));
  }

  optimizeTopology(signal: AbortSignal): Promise<TopologyResult> {
    return this.#asking(signal, optimizeTopology);
  }

  keepAllocation(allocation: Readonly<Record<string, number>>, signal: AbortSignal): Promise<AllocationKept> {
    const ids = (this.#records ?? []).slice(0, SHOWN).map(({ rawId }) => rawId);
    return this.#asking(signal, (asking) => keepAllocation(allocation, this.id, ids, asking));
  }

  sawProcesses(recordIds: readonly string[]): void {
    const { grade } = this.#grades.of("agent_list");
    if (recordIds.length > 0 && grade === "record-only" && this.#madeUp.size === 0)
      this.#grades.set("agent_list", "verified", "grade.processesSeen", { count: recordIds.length });
  }

  async end(): Promise<void> {
    this.#abort.abort();
    this.#owned.dispose();
    await this.#link.end();
  }

  dispose(): void {
    this.#abort.abort();
    this.#owned.dispose();
    this.#link.abandon();
  }

  // Looking ---------------------------------------------------------------------------------------------------------

  /** Whatever fails is told and tried again at a later tick. */
  #look(code: string, work: () => Promise<void>): void {
    this.#looking = true;
    this.#inTurn(work)
      .catch((error: unknown) => {
        if (this.#abort.signal.aborted) return;
        const reason = toCoded(error);
        // Given up by ourselves: another configuration, another token.
        if (reason.code === "aborted") return;
        this.#problem = reason;
        this.#readAt = this.#parts.clock.monotonicMs() + READ_EVERY_MS;
        this.#parts.log.warn(code, { swarmId: this.id, code: reason.code });
      })
      .finally(() => {
        this.#looking = false;
        this.#changed.emit();
      });
  }

  async #connect(): Promise<void> {
    this.#forgetServer();
    await this.#link.connect();
    this.#server = this.#link.server;
    await this.#readTools();
    const { name = "", version = "" } = this.#server ?? {};
    this.#parts.log.info("orchestrator.connected", { swarmId: this.id, name, version });
  }

  async #readTools(): Promise<void> {
    const { clock } = this.#parts;
    this.#toolsAt = clock.monotonicMs() + READ_EVERY_MS;
    this.#toolsPausedUntil = clock.monotonicMs() + TOOLS_PAUSE_MS;
    const tools = await this.#link.listTools(this.#abort.signal);
    const dialect = dialectOf(tools);
    if (!isDialect(dialect)) {
      this.#dialect = null;
      this.#link.lose(dialect);
      return;
    }
    this.#dialect = dialect;
    const roles = this.#grades.follow(dialect);
    const ask = this.#ask(this.#abort.signal);
    await probe({
      ...{ ask, dialect, grades: this.#grades, roles, host: this.#parts.host },
      nonce: randomBytes(6).toString("hex"),
      // Where it is only observed, nothing that writes is asked, not even in vain.
      mayWrite: this.#definition.mode !== "observe",
      onMadeUp: (ids) => {
        this.#madeUp = ids;
        this.#isListProbed = true;
      },
    });
    this.#toolsAt = clock.monotonicMs() + (this.#isListProbed ? TOOLS_EVERY_MS : LIST_AGAIN_MS);
    await this.#read(ask);
  }

  /** @throws CodedError `orchestrator.noList`, as `call` */
  async #read(ask: Ask): Promise<readonly Listed[]> {
    const answer = await ask("agent_list", {});
    const told = answer.kind === "value" ? recordsOf(answer.value) : null;
    this.#readAt = this.#parts.clock.monotonicMs() + READ_EVERY_MS;
    if (told === null) {
      const said =
        answer.kind === "refused" ? answer.message : answer.kind === "value" ? failureOf(answer.value) : null;
      throw new CodedError("orchestrator.noList", { said });
    }
    const records = told.filter(({ rawId }) => !this.#madeUp.has(rawId));
    if (this.#records !== null) this.#sawChange(this.#records, records);
    this.#records = records;
    this.#recordsAtMs = this.#parts.clock.wallMs();
    this.#problem = null;
    if (this.#unconfirmed !== null && this.#unconfirmed.target === this.#records.length) this.#unconfirmed = null;
    return this.#records;
  }

  /** What a tool was taken for that seemed to do nothing does not hold when it shows after all. */
  #sawChange(before: readonly Listed[], after: readonly Listed[]): void {
    const late = Math.min(this.#unseen.count, Math.max(0, after.length - before.length));
    this.#unseen.settled(late);
    const ids = new Set(after.map(({ rawId }) => rawId));
    const isGone = before.some(({ rawId }) => this.#unseen.isEnded(rawId) && !ids.has(rawId));
    // While it is scaled, the next way may be what has changed them.
    if (this.#change !== null || (late === 0 && !isGone)) return;
    for (const role of ["swarm_scale", "agent_spawn", "agent_terminate"] as const)
      if (/^grade\.(?:scaled|added|removed)Nothing$/.test(this.#grades.of(role).reason.code))
        this.#grades.set(role, "unprobed", "grade.unprobed");
  }

  #forgetServer(): void {
    this.#dialect = null;
    this.#grades = new Grades(() => this.#parts.clock.wallMs());
    this.#madeUp = new Set();
    this.#isListProbed = false;
    this.#toolsAt = 0;
    this.#records = null;
    this.#recordsAtMs = null;
    this.#problem = null;
    this.#unconfirmed = null;
  }

  // Acting ----------------------------------------------------------------------------------------------------------

  refusal(target: number): Coded | null {
    const { minAgents: min, maxAgents: max } = this.#definition;
    const swarmId = this.id;
    if (!Number.isInteger(target) || target < 0) return { code: "scale.notANumber", args: { target } };
    if (target > max) return { code: "scale.aboveMax", args: { swarmId, target, max } };
    if (target < min) return { code: "scale.belowMin", args: { swarmId, target, min } };
    if (this.#change !== null) return { code: "orchestrator.busy", args: { swarmId, target: this.#change.to } };
    if (this.#dialect === null || !this.#link.isConnected)
      return { code: "orchestrator.notConnected", args: { swarmId, state: this.#link.state.kind } };
    if (!this.#isListProbed) return { code: "orchestrator.listUnprobed", args: { swarmId } };
    return null;
  }

  async #scaleNow(target: number, until: number, signal: AbortSignal): Promise<RecordsOutcome> {
    const { clock } = this.#parts;
    const dialect = this.#dialect;
    // Its turn may come when the deadline is over, or the connection.
    if (signal.aborted || dialect === null) throw new CodedError("aborted", {});
    const ask: Ask = (tool, args) => this.#link.call(tool, args, signal, until - clock.monotonicMs());
    const { records, reason, notes } = await scaleRecords(target, {
      ask,
      dialect,
      grades: this.#grades,
      agentType: this.#configured().agentType ?? defaultAgentType(dialect),
      maxAgents: this.#definition.maxAgents,
      unseen: this.#unseen,
      list: () => this.#read(ask),
      isOver: () => signal.aborted || clock.monotonicMs() >= until,
      pause: async () => void (await delay(READ_AGAIN_MS, undefined, { signal })),
    });
    if (reason === null) return { kind: "confirmed", records: records.length, notes };
    return { kind: "unconfirmed", records: records.length, reason, notes };
  }

  #activity(): SwarmActivity {
    if (this.#change !== null) return { kind: "scaling", ...this.#change };
    if (this.#unconfirmed === null) return { kind: "steady" };
    return { kind: "unconfirmed", live: this.#records?.length ?? 0, ...this.#unconfirmed };
  }

  #ask(signal: AbortSignal): Ask {
    return (tool, args) => this.#link.call(tool, args, signal);
  }

  #asking<T>(signal: AbortSignal, work: (asking: Parameters<typeof optimizeTopology>[0]) => Promise<T>): Promise<T> {
    const either = AbortSignal.any([signal, this.#abort.signal]);
    const begun = this.#inTurn(() => {
      const dialect = this.#dialect;
      if (dialect === null)
        throw new CodedError("orchestrator.notConnected", { swarmId: this.id, state: this.#link.state.kind });
      return work({
        ask: this.#ask(either),
        dialect,
        grades: this.#grades,
        wallMs: () => this.#parts.clock.wallMs(),
        host: this.#parts.host,
      });
    });
    return orAborted(begun, either);
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const mine = this.#turn.then(work);
    this.#turn = mine.catch(() => undefined);
    return mine;
  }
}

/** `null` when one of them does not say. */
function busyAmong(records: readonly Listed[] | null): number | null {
  if (records === null || records.some(({ busy }) => busy === null)) return null;
  return records.filter(({ busy }) => busy === true).length;
}
