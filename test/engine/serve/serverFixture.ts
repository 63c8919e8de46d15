import { mkdtempSync, rmSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemClock } from "../../../src/engine/common/clock.ts";
import { CodedError } from "../../../src/engine/common/errors.ts";
import { ensureFolders, type Paths, resolvePaths } from "../../../src/engine/common/paths.ts";
import type { Overview } from "../../../src/engine/protocol/rpc.ts";
import type { Handlers } from "../../../src/engine/serve/handlers.ts";
import { type RpcServer, startRpcServer } from "../../../src/engine/serve/rpcServer.ts";

/** A home of its own below a short temporary path, so that socket paths fit. */
export function temporaryPaths(): Paths & { readonly remove: () => void } {
  const home = mkdtempSync(join(tmpdir(), "sa-"));
  const paths = resolvePaths({
    env: { SWARM_ALLOCATOR_HOME: home },
    platform: process.platform,
    home,
    temporary: home,
  });
  ensureFolders(paths);
  return { ...paths, remove: () => rmSync(home, { recursive: true, force: true }) };
}

export interface LogEntry {
  readonly level: string;
  readonly code: string;
  readonly args: Readonly<Record<string, unknown>>;
}

export const testIdentity = {
  pid: process.pid,
  startTime: 1,
  bootId: "boot",
  epoch: 1,
  version: "1.0.0",
  buildId: "build",
  keeperPid: 2,
  startedAtMs: 3,
};

export function overviewOf(wallMs: number): Overview {
  return { wallMs, intervalMs: null, host: null, facts: null, swarms: [], engine: { pid: 1 } as Overview["engine"] };
}

/** Every handler answers "not here" unless it is replaced. */
export function handlersWith(some: Partial<Handlers>): Handlers {
  const absent = () => {
    throw new CodedError("test.absent");
  };
  return {
    overview: () => overviewOf(1),
    swarmStart: absent,
    swarmStop: absent,
    scalePreview: absent,
    swarmScale: absent,
    stopPreview: absent,
    agentStop: absent,
    metricsCollect: absent,
    configGet: absent,
    profilePreview: absent,
    profile: absent,
    profileEngine: absent,
    profileStacks: absent,
    claimed: absent,
    orchestratorToken: absent,
    allocateResources: absent,
    predictiveScale: absent,
    configPatch: absent,
    importBegin: absent,
    importPiece: absent,
    importRead: absent,
    importCommit: absent,
    importCancel: absent,
    importUndo: absent,
    swarmMode: absent,
    swarmHold: absent,
    decisions: absent,
    decisionApply: absent,
    decisionDismiss: absent,
    decisionUndo: absent,
    history: absent,
    forecast: absent,
    forecastReport: absent,
    predictScaling: absent,
    patterns: absent,
    kpis: absent,
    capacityPlan: absent,
    performanceReport: absent,
    bottlenecks: absent,
    comparePolicies: absent,
    optimize: absent,
    optimizePerformance: absent,
    allocationPreview: absent,
    allocationApply: absent,
    allocationUndo: absent,
    allocations: absent,
    trainPolicy: absent,
    policyReport: absent,
    anomalies: absent,
    backup: absent,
    blame: absent,
    diagnostics: absent,
    taskSubmit: absent,
    tasks: absent,
    task: absent,
    taskCancel: absent,
    taskRetry: absent,
    guard: absent,
    doors: absent,
    metricsText: absent,
    agentCapacity: absent,
    capacityRequest: absent,
    capacityRenew: absent,
    capacityRelease: absent,
    throttles: absent,
    estimate: absent,
    scaleAsk: absent,
    profileLatest: absent,
    laneAction: absent,
    laneResize: absent,
    breakerAction: absent,
    faultInject: absent,
    engineRestart: absent,
    engineStop: absent,
    handOver: absent,
    ...some,
  };
}

export async function startTestServer(
  paths: Paths,
  handlers: Partial<Handlers> = {},
  identity: Partial<typeof testIdentity> = {},
  protocol?: { readonly min: number; readonly max: number },
): Promise<{ readonly server: RpcServer; readonly log: LogEntry[] }> {
  const log: LogEntry[] = [];
  const server = await startRpcServer({
    paths,
    identity: { ...testIdentity, ...identity },
    handlers: handlersWith(handlers),
    clock: systemClock,
    ...(protocol === undefined ? {} : { protocol }),
    log: (level, code, args) => log.push({ level, code, args }),
  });
  return { server, log };
}

export interface RawReply {
  readonly id?: number | string;
  readonly method?: string;
  readonly params?: { readonly topic: string; readonly seq: number; readonly state: { readonly wallMs: number } };
  readonly result?: unknown;
  readonly error?: { readonly code: number; readonly message: string; readonly data?: { code: string; args: object } };
}

/** A client that speaks bytes: for what a proper client would never send. */
export class RawClient {
  readonly socket: Socket;
  readonly received: RawReply[] = [];
  #buffer = Buffer.alloc(0);
  #closed = false;
  readonly #waiting = new Set<() => void>();

  private constructor(socket: Socket) {
    this.socket = socket;
    socket.on("data", (chunk: Buffer) => this.#take(chunk));
    socket.on("error", () => undefined);
    socket.on("close", () => {
      this.#closed = true;
      this.#wake();
    });
  }

  static open(path: string): Promise<RawClient> {
    return new Promise((resolve, reject) => {
      const socket = connect(path);
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(new RawClient(socket));
      });
    });
  }

  get closed(): boolean {
    return this.#closed;
  }

  sendRaw(data: string | Buffer): void {
    this.socket.write(data);
  }

  sendText(json: string): void {
    this.socket.write(frame(json));
  }

  send(message: object): void {
    this.sendText(JSON.stringify(message));
  }

  /** Resolves when `test` holds for what has come so far; rejects after 5 s. */
  until<T>(test: () => T | undefined | false): Promise<T> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look);
        reject(
          new Error(
            `not within 5 s; closed: ${this.#closed}; received: ${JSON.stringify(this.received).slice(0, 2000)}`,
          ),
        );
      }, 5_000);
      const look = () => {
        const value = test();
        if (value === undefined || value === false) return;
        clearTimeout(timer);
        this.#waiting.delete(look);
        resolve(value);
      };
      this.#waiting.add(look);
      look();
    });
  }

  untilClosed(): Promise<true> {
    return this.until(() => this.#closed);
  }

  async reply(id: number | string): Promise<RawReply> {
    return this.until(() => this.received.find((message) => message.id === id));
  }

  async request(id: number | string, method: string, params?: unknown): Promise<RawReply> {
    this.send({ jsonrpc: "2.0", id, method, params });
    return this.reply(id);
  }

  #take(chunk: Buffer): void {
    this.#buffer = Buffer.concat([this.#buffer, chunk]);
    for (;;) {
      const end = this.#buffer.indexOf("\r\n\r\n");
      if (end < 0) break;
      const length = Number(/content-length: (\d+)/i.exec(this.#buffer.toString("latin1", 0, end))?.[1]);
      if (this.#buffer.length < end + 4 + length) break;
      this.received.push(JSON.parse(this.#buffer.toString("utf8", end + 4, end + 4 + length)) as RawReply);
      this.#buffer = this.#buffer.subarray(end + 4 + length);
    }
    this.#wake();
  }

  #wake(): void {
    for (const look of [...this.#waiting]) look();
  }
}

export function frame(json: string): string {
  return `Content-Length: ${Buffer.byteLength(json)}\r\n\r\n${json}`;
}

export const testClient = { name: "test", version: "1.0.0", kind: "test" } as const;

/** Polls a condition that no event announces (kernel buffers, files, processes). */
export async function eventually(test: () => boolean, what: string, deadlineMs = 5_000): Promise<void> {
  const deadline = performance.now() + deadlineMs;
  while (!test()) {
    if (performance.now() > deadline) throw new Error(`not within ${deadlineMs} ms: ${what}`);
    await new Promise((resolve) => {
      setTimeout(resolve, 5);
    });
  }
}
