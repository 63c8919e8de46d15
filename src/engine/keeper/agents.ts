import { join } from "node:path";
import { readdirSync, rmSync } from "node:fs";
import type { KeeperReply, KeeperRequest } from "../protocol/keeper.ts";
import { Agent, type AgentHost } from "./agent.ts";

/** Far above every sensible cap; it bounds an engine that forgets to forget. */
const MAX_ENTRIES = 4096;

type Of<Op extends KeeperRequest["op"]> = Extract<KeeperRequest, { op: Op }>;
export type AgentRequest = Of<"spawn" | "write" | "read" | "closeStdin" | "signal" | "list" | "forget">;

/** Every process this keeper was asked to start and has not been told to forget. */
export class Agents {
  readonly #spoolFolder: string;
  readonly #host: AgentHost;
  readonly #entries = new Map<string, Agent>();

  constructor(spoolFolder: string, host: AgentHost) {
    this.#spoolFolder = spoolFolder;
    this.#host = host;
  }

  /** Spools of an earlier keeper: their agents lost their pipes with it, so nobody can ask for them. */
  removeLeftovers(): void {
    for (const name of readdirSync(this.#spoolFolder)) {
      if (/\.(out|err)$/.test(name)) rmSync(join(this.#spoolFolder, name), { force: true });
    }
  }

  get aliveCount(): number {
    let count = 0;
    for (const agent of this.#entries.values()) if (agent.alive) count++;
    return count;
  }

  closeAllStdin(): void {
    for (const agent of this.#entries.values()) agent.closeStdin();
  }

  /** Signals every group, those of ended leaders included. Reports nothing: it is the last thing a keeper does. */
  signalAll(signal: NodeJS.Signals, onError: (error: unknown) => void): void {
    for (const agent of this.#entries.values()) {
      try {
        agent.signal(signal);
      } catch (error) {
        onError(error);
      }
    }
  }

  /** Drops every entry whose end was told, with its spools. */
  removeAll(): void {
    for (const [spawnId, agent] of this.#entries) {
      if (agent.alive) continue;
      agent.remove();
      this.#entries.delete(spawnId);
    }
  }

  async handle(request: AgentRequest): Promise<KeeperReply> {
    const { id } = request;
    if (request.op === "list") return { id, ok: true, processes: [...this.#entries.values()].map((a) => a.describe()) };
    if (request.op === "spawn") return this.#spawn(request);
    const agent = this.#entries.get(request.spawnId);
    if (agent === undefined) return { id, ok: false, error: "not-found", detail: request.spawnId };
    switch (request.op) {
      case "write": {
        const result = agent.write(request.data);
        return result === "ok" ? { id, ok: true } : { id, ok: false, error: result };
      }
      case "closeStdin":
        agent.closeStdin();
        return { id, ok: true };
      case "read": {
        const chunk = await agent.read(request.stream, request.offset, request.maxBytes);
        return { id, ok: true, data: chunk.data.toString("base64"), offset: chunk.offset, endOffset: chunk.endOffset };
      }
      case "signal":
        return agent.signal(request.signal) ? { id, ok: true } : { id, ok: false, error: "gone" };
      case "forget":
        if (agent.alive) return { id, ok: false, error: "alive" };
        agent.remove();
        this.#entries.delete(request.spawnId);
        return { id, ok: true };
    }
  }

  async #spawn(request: Of<"spawn">): Promise<KeeperReply> {
    const { id, spawnId } = request;
    if (this.#entries.has(spawnId)) return { id, ok: false, error: "exists", detail: spawnId };
    if (this.#entries.size >= MAX_ENTRIES) return { id, ok: false, error: "full", detail: `${MAX_ENTRIES} processes` };
    const agent = new Agent({ ...request, spoolBase: join(this.#spoolFolder, spawnId) }, this.#host);
    this.#entries.set(spawnId, agent);
    const failure = await agent.started();
    if (failure !== null) return { id, ok: false, error: "spawn-failed", detail: failure };
    const { pid, startTime } = agent.describe();
    return { id, ok: true, ...(pid === null ? {} : { pid }), ...(startTime === null ? {} : { startTime }) };
  }
}
