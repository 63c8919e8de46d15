import { type Coded, CodedError, toCoded } from "../../common/errors.ts";
import { CircuitBreaker } from "../../guard/circuitBreaker.ts";
import { type BreakerOptions, DEFAULT_BREAKER } from "../../guard/breakerOptions.ts";
import type { ClaudeFlowSwarm as Configured, OrchestratorLink } from "../../protocol/orchestrators.ts";
import type { OrchestratorParts } from "../provider.ts";
import { StartBackoff } from "../startBackoff.ts";
import { ChildTransport } from "./childTransport.ts";
import { httpTransport, readToken } from "./httpTransport.ts";
import { McpConnection, type Sdk, type ToolAnswer, type ToolInfo } from "./mcpConnection.ts";
import { type Withhold, withholding } from "./withheld.ts";

/** A server that has not answered three times in a row is given up, and started anew half a minute later at the earliest. */
const BREAKER: BreakerOptions = {
  ...DEFAULT_BREAKER,
  failureThreshold: 3,
  recoveryTimeoutMs: 30_000,
  successThreshold: 1,
  halfOpenPermits: 1,
  recoveryMaxMs: 300_000,
};

/** The one connection to one server: made, lost, made again. It holds no timer; `look` is asked once a tick. */
export class Link {
  readonly #parts: OrchestratorParts;
  readonly #configured: () => Configured;
  readonly #breaker: CircuitBreaker;
  readonly #backoff = new StartBackoff();
  readonly #onLost: () => void;
  #connection: McpConnection | null = null;
  /** Also of one that is just ending. */
  #transport: ChildTransport | null = null;
  #attempt: { readonly abort: AbortController; readonly done: Promise<unknown> } | null = null;
  #state: OrchestratorLink;
  #connectedAt = 0;
  #retryAt = 0;
  #generation = 0;
  #closing: Promise<void> = Promise.resolve();
  /** Kept in memory only, and sent to no other address than the one that it was given for. */
  #given: { readonly url: string; readonly token: string } | null = null;

  constructor(id: string, configured: () => Configured, parts: OrchestratorParts, onLost: () => void) {
    this.#parts = parts;
    this.#configured = configured;
    this.#onLost = onLost;
    this.#breaker = new CircuitBreaker(`orchestrator:${id}`, BREAKER, {
      nowMs: () => parts.clock.monotonicMs(),
      rng: parts.rng,
    });
    this.#state = { kind: "connecting", sinceMs: parts.clock.wallMs() };
  }

  get state(): OrchestratorLink {
    return this.#state;
  }
  get isConnected(): boolean {
    return this.#connection !== null;
  }
  /** Whether it is time to try to connect. */
  get isDue(): boolean {
    return this.#connection === null && this.#parts.clock.monotonicMs() >= this.#retryAt;
  }
  /** The editor keeps its token, and has not given it. */
  get wantsToken(): boolean {
    const { tokenFromEditor, url } = this.#configured();
    return tokenFromEditor && this.#given?.url !== url;
  }
  get server(): { readonly name: string; readonly version: string } | null {
    return this.#connection?.server ?? null;
  }
  get serverPid(): number | null {
    return this.#transport?.pid ?? null;
  }

  breaker(): { readonly state: string; readonly failures: number; readonly refused: number } {
    const { consecutiveFailures: failures, refused } = this.#breaker.metrics();
    return { state: this.#breaker.state.kind, failures, refused };
  }

  /**
   * Rejects with nothing of the attempt left. One at a time.
   * @throws CodedError why there is no connection; `look` tries again when it is due
   */
  connect(): Promise<void> {
    const abort = new AbortController();
    const done = this.#connect(abort.signal);
    const attempt = { abort, done: done.catch(() => undefined) };
    this.#attempt = attempt;
    void attempt.done.then(() => {
      if (this.#attempt === attempt) this.#attempt = null;
    });
    return done;
  }

  async #connect(signal: AbortSignal): Promise<void> {
    const configured = this.#configured();
    const generation = ++this.#generation;
    this.#state = { kind: "connecting", sinceMs: this.#parts.clock.wallMs() };
    // What was there before has gone first: two servers on the same records would overwrite each other's.
    await this.#closing;
    try {
      const sdk = await import("./sdk.ts");
      // Read once: what is withheld is what is sent, also when the file changes meanwhile.
      const token = this.#tokenOf(configured);
      const withhold = withholding([...Object.values(configured.env), ...(token === null ? [] : [token])]);
      const transport = await this.#createTransport(sdk, configured, token, withhold);
      if (transport instanceof ChildTransport) this.#transport = transport;
      const limits = { deadlineMs: configured.connectTimeoutSeconds * 1_000, signal };
      const connection = await McpConnection.open(sdk, transport, this.#parts.version, limits, withhold);
      if (generation !== this.#generation || signal.aborted) {
        await connection.close();
        throw new CodedError("aborted", {});
      }
      this.#connection = connection;
      this.#connectedAt = this.#parts.clock.monotonicMs();
      connection.onClosed = (why) => this.lose(why);
      this.#backoff.ready();
      this.#state = { kind: "connected", sinceMs: this.#parts.clock.wallMs() };
    } catch (error) {
      this.#transport = null;
      const reason = toCoded(error);
      if (reason.code !== "aborted") {
        this.#backoff.failed(this.#parts.clock.monotonicMs(), reason);
        this.#wait(reason);
      }
      throw error;
    }
  }

  /** Gives the connection up, ends its process, and tries again later. */
  lose(reason: Coded): void {
    const connection = this.#connection;
    if (connection === null) return;
    this.#forget(connection);
    const now = this.#parts.clock.monotonicMs();
    this.#backoff.died(true, now - this.#connectedAt, now, reason);
    this.#wait(reason);
    this.#onLost();
  }

  /** Another configuration: connects anew at once. */
  renew(): void {
    this.#stop();
    this.#retryAt = 0;
    this.#state = { kind: "connecting", sinceMs: this.#parts.clock.wallMs() };
    this.#onLost();
  }

  /**
   * Its bearer token, from whoever keeps it; `null`: it is no longer to be used. Connects anew with it.
   * @returns why it is not taken
   */
  takeToken(url: string, token: string | null): Coded | null {
    const { id: swarmId, url: own, tokenFromEditor } = this.#configured();
    if (!tokenFromEditor || own === undefined) return { code: "mcp.tokenUnasked", args: { swarmId } };
    if (own !== url) return { code: "mcp.tokenOtherUrl", args: { swarmId } };
    if (token === (this.#given?.token ?? null)) return null;
    this.#given = token === null ? null : { url, token };
    this.renew();
    return null;
  }

  takeToolsChanged(): boolean {
    return this.#connection?.takeToolsChanged() ?? false;
  }

  listTools(signal: AbortSignal): Promise<ReadonlyMap<string, ToolInfo>> {
    return this.#guarded(signal, (connection, either) => connection.listTools(either));
  }

  /**
   * @param deadlineMs of this call; the configured one when that is sooner
   * @throws CodedError `orchestrator.notConnected`, `mcp.*`, `breaker.open`, `aborted`
   */
  call(
    name: string,
    args: Readonly<Record<string, unknown>>,
    signal: AbortSignal,
    deadlineMs = Number.POSITIVE_INFINITY,
  ): Promise<ToolAnswer> {
    const limit = Math.max(1, Math.ceil(Math.min(deadlineMs, this.#configured().callTimeoutSeconds * 1_000)));
    return this.#guarded(signal, (connection, either) =>
      connection.call(name, args, { deadlineMs: limit, signal: either }),
    );
  }

  /** Resolves when its process is gone. */
  async end(): Promise<void> {
    this.#stop();
    await this.#attempt?.done;
    await this.#closing;
  }

  /** The engine ends now. */
  abandon(): void {
    this.#generation++;
    this.#transport?.abandon();
  }

  /** What is under way is given up, and what stands is closed. */
  #stop(): void {
    this.#generation++;
    this.#attempt?.abort.abort();
    if (this.#connection !== null) this.#forget(this.#connection);
  }

  async #guarded<T>(signal: AbortSignal, ask: (one: McpConnection, signal: AbortSignal) => Promise<T>): Promise<T> {
    const connection = this.#connection;
    if (connection === null) throw new CodedError("orchestrator.notConnected", { state: this.#state.kind });
    try {
      return await this.#breaker.execute((either) => ask(connection, either), {
        signal,
        isIgnored: (error) => error instanceof CodedError && error.code === "aborted",
      });
    } catch (error) {
      // One that hangs is not waited for three times in a row for ever: it is ended, and started anew.
      if (this.#breaker.state.kind === "open" && this.#connection === connection) this.lose(toCoded(error));
      throw error;
    }
  }

  #forget(connection: McpConnection): void {
    this.#connection = null;
    connection.onClosed = null;
    this.#closing = this.#closing.then(() => connection.close());
  }

  #wait(reason: Coded): void {
    const now = this.#parts.clock.monotonicMs();
    const breaker = this.#breaker.state;
    this.#retryAt = Math.max(
      this.#backoff.block()?.retryAtMonotonicMs ?? now + 1_000,
      breaker.kind === "open" ? breaker.untilMs : 0,
    );
    const retryAtMs = Math.round(this.#parts.clock.wallMs() + Math.max(0, this.#retryAt - now));
    this.#state = { kind: "waiting", reason: { code: reason.code, args: reason.args }, retryAtMs };
  }

  async #createTransport(sdk: Sdk, configured: Configured, token: string | null, withhold: Withhold) {
    const { url, command, args, cwd, env: own } = configured;
    const { context, newSpawnId } = this.#parts;
    if (url !== undefined) return httpTransport(sdk, url, token);
    const env = await context.environment(own);
    return new ChildTransport({ command, args, cwd: cwd ?? context.homeFolder, env, spawnId: newSpawnId(), withhold });
  }

  /** @returns `null` where none is to be sent @throws CodedError `mcp.token`, `mcp.tokenMissing` */
  #tokenOf({ id, url, tokenFile, tokenFromEditor }: Configured): string | null {
    if (tokenFile !== undefined) return readToken(tokenFile);
    if (!tokenFromEditor) return null;
    if (this.#given === null || this.#given.url !== url) throw new CodedError("mcp.tokenMissing", { swarmId: id });
    return this.#given.token;
  }
}
