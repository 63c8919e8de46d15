import { spawn } from "node:child_process";
import { Client as ClientV2 } from "@modelcontextprotocol/client";
import { StdioClientTransport as StdioV2 } from "@modelcontextprotocol/client/stdio";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport as StdioV1 } from "@modelcontextprotocol/sdk/client/stdio.js";

/** The official clients of both generations over standard input and output, and a plain one for what they would not send. */

export interface Launch {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** What the tests use of either. */
export interface AnyClient {
  readonly generation: "v1" | "v2";
  listTools(): Promise<{ readonly tools: readonly ListedTool[] }>;
  callTool(request: { name: string; arguments: Record<string, unknown> }): Promise<ToolReply>;
  listResources(): Promise<{ readonly resources: readonly { readonly uri: string }[] }>;
  readResource(request: { uri: string }): Promise<{ readonly contents: readonly unknown[] }>;
  close(): Promise<void>;
}

export interface ListedTool {
  readonly name: string;
  readonly inputSchema: Record<string, unknown>;
  readonly outputSchema?: Record<string, unknown> | undefined;
  readonly annotations?: Record<string, unknown> | undefined;
}

export interface ToolReply {
  readonly isError?: boolean | undefined;
  readonly content: readonly { readonly type: string; readonly text?: string }[];
  readonly structuredContent?: Record<string, unknown>;
}

export async function connectV1({ args, env }: Launch): Promise<AnyClient> {
  const client = new ClientV1({ name: "official-v1", version: "1" });
  await client.connect(
    new StdioV1({ command: process.execPath, args: [...args], env: textOnly(env), stderr: "inherit" }),
  );
  return Object.assign(client, { generation: "v1" as const }) as unknown as AnyClient;
}

/** The newer client with the newer revision alone, without the handshake of before. */
export async function connectModern(launch: Launch): Promise<AnyClient> {
  return connectV2(launch, { versionNegotiation: { mode: { pin: "2026-07-28" } } });
}

export async function connectV2(
  { args, env }: Launch,
  options: ConstructorParameters<typeof ClientV2>[1] = {},
): Promise<AnyClient> {
  const client = new ClientV2({ name: "official-v2", version: "1" }, options);
  await client.connect(
    new StdioV2({ command: process.execPath, args: [...args], env: textOnly(env), stderr: "inherit" }),
  );
  return Object.assign(client, { generation: "v2" as const }) as unknown as AnyClient;
}

export function textOnly(env: Launch["env"]): Record<string, string> {
  return Object.fromEntries(Object.entries(env).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])));
}

/** A client of a few lines, under a shell of its own: another process holds what it is given. */
export class ShellClient {
  readonly #child;
  readonly #waiting = new Map<number, (reply: ToolReply) => void>();
  #id = 0;
  #rest = "";

  constructor({ args, env }: Launch) {
    const words = [process.execPath, ...args].map((word) => `'${word}'`).join(" ");
    // Not replaced by its command: the shell is the parent, as an agent would be.
    this.#child = spawn("/bin/sh", ["-c", `${words}; :`], { env: textOnly(env), stdio: ["pipe", "pipe", "inherit"] });
    this.#child.stdin.on("error", () => undefined);
    this.#child.stdout.on("data", (chunk: Buffer) => this.#read(chunk.toString()));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  async open(): Promise<void> {
    const clientInfo = { name: "shell", version: "1" };
    await this.#ask("initialize", { protocolVersion: "2025-06-18", capabilities: {}, clientInfo });
    this.send({ jsonrpc: "2.0", method: "notifications/initialized" });
  }

  callTool(name: string, args: unknown): Promise<ToolReply> {
    return this.#ask("tools/call", { name, arguments: args });
  }

  send(message: unknown): void {
    this.#child.stdin.write(`${JSON.stringify(message)}\n`);
  }

  /** As when an agent crashes: nobody is told anything. */
  async die(): Promise<void> {
    const gone = new Promise((resolve) => this.#child.once("exit", resolve));
    process.kill(this.pid, "SIGKILL");
    await gone;
  }

  close(): void {
    this.#child.stdin.end();
  }

  #ask(method: string, params: unknown): Promise<ToolReply> {
    const id = this.#id++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      this.send({ jsonrpc: "2.0", id, method, params });
    });
  }

  #read(text: string): void {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop() ?? "";
    for (const line of lines) {
      const message = JSON.parse(line) as { id?: number; result?: ToolReply; error?: unknown };
      if (message.id === undefined) continue;
      this.#waiting.get(message.id)?.(
        message.result ?? { isError: true, content: [{ type: "text", text: JSON.stringify(message.error) }] },
      );
      this.#waiting.delete(message.id);
    }
  }
}
