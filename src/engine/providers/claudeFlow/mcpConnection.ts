import type { Client, Transport } from "@modelcontextprotocol/client";
import * as z from "zod";
import { type Coded, CodedError, messageOf } from "../../common/errors.ts";
import { orAborted } from "../../common/orAborted.ts";
import { cleanText } from "../../common/text.ts";
import { type Withhold, withholdNothing } from "./withheld.ts";

const MAX_TOOLS = 2_000;
const MAX_PAGES = 20;
/** Of the list of tools: a server with 353 of them took 60 ms. */
const LIST_DEADLINE_MS = 10_000;
/** For a server over HTTP to hear that its session is over. */
const GOODBYE_MS = 1_000;
const METHOD_NOT_FOUND = -32_601;

/** Only what is used of it; a server may tell more, and may tell nonsense in the rest. */
const toolPage = z.object({
  tools: z.array(z.object({ name: z.string().max(200), inputSchema: z.unknown().optional() })).max(MAX_TOOLS),
  nextCursor: z.string().max(10_000).optional(),
});
const callResult = z.object({
  content: z.array(z.unknown()).optional(),
  structuredContent: z.unknown().optional(),
  isError: z.boolean().optional(),
});

export interface ToolInfo {
  readonly name: string;
  /** Names of its arguments. */
  readonly arguments: ReadonlySet<string>;
}

/** What a tool said. `refused`: an error of its own · `absent`: the server knows no such tool. */
export type ToolAnswer =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "refused"; readonly message: string }
  | { readonly kind: "absent" };

export interface CallLimits {
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/** Loaded with the first connection. */
export type Sdk = typeof import("./sdk.ts");

/** What is done with a server once it is reached. */
export interface ToolServer {
  readonly server: { readonly name: string; readonly version: string };
  listTools(signal: AbortSignal): Promise<ReadonlyMap<string, ToolInfo>>;
  call(name: string, args: Readonly<Record<string, unknown>>, limits: CallLimits): Promise<ToolAnswer>;
}

/** How a transport tells why it is over, and ends what the server keeps for it. */
interface TellingTransport extends Transport {
  readonly why?: Coded | null;
  terminateSession?(): Promise<void>;
}

/** One MCP session. Every request has a deadline; whatever the server does becomes an answer or a `CodedError` `mcp.*`. */
export class McpConnection implements ToolServer {
  readonly #sdk: Sdk;
  readonly #client: Client;
  readonly #transport: TellingTransport;
  readonly #withhold: Withhold;
  #over = false;
  #toolsChanged = false;
  onClosed: ((why: Coded) => void) | null = null;

  private constructor(sdk: Sdk, client: Client, transport: TellingTransport, withhold: Withhold) {
    this.#withhold = withhold;
    this.#sdk = sdk;
    this.#client = client;
    this.#transport = transport;
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no event target
    client.onclose = () => {
      this.#over = true;
      this.onClosed?.(this.#why());
    };
    client.setNotificationHandler("notifications/tools/list_changed", () => {
      this.#toolsChanged = true;
    });
  }

  /**
   * @param withhold takes secrets of ours out of what the server says
   * @throws CodedError `mcp.notStarted`, `mcp.ended`, `mcp.timeout`, `mcp.failed`; `aborted`: nothing of it is left then
   */
  static async open(
    sdk: Sdk,
    transport: TellingTransport,
    version: string,
    limits: CallLimits,
    withhold: Withhold = withholdNothing,
  ): Promise<McpConnection> {
    const client = new sdk.Client({ name: "swarm-resource-allocator", version }, { capabilities: {} });
    // A notification of no meaning to us, or an answer that came too late, is nothing to fail for.
    // oxlint-disable-next-line unicorn/prefer-add-event-listener -- it is no event target
    client.onerror = () => undefined;
    const connection = new McpConnection(sdk, client, transport, withhold);
    try {
      await connection.#within("initialize", limits, (options) => client.connect(transport, options));
    } catch (error) {
      await connection.close();
      throw error;
    }
    return connection;
  }

  /** As the server calls itself. */
  get server(): { readonly name: string; readonly version: string } {
    const { name = "", version = "" } = this.#withhold(this.#client.getServerVersion()) ?? {};
    return { name: cleanText(String(name), 60), version: cleanText(String(version), 40) };
  }

  /** Whether the server has said so since this was asked last. */
  takeToolsChanged(): boolean {
    const changed = this.#toolsChanged;
    this.#toolsChanged = false;
    return changed;
  }

  /** @throws CodedError `mcp.*`, `aborted` */
  async listTools(signal: AbortSignal): Promise<ReadonlyMap<string, ToolInfo>> {
    const tools = new Map<string, ToolInfo>();
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page++) {
      const params = cursor === undefined ? {} : { cursor };
      const answer = await this.#within("tools/list", { deadlineMs: LIST_DEADLINE_MS, signal }, (options) =>
        this.#client.request({ method: "tools/list", params }, toolPage, options),
      );
      for (const { name, inputSchema } of this.#withhold(answer.tools))
        tools.set(name, { name, arguments: argumentsOf(inputSchema) });
      if (tools.size > MAX_TOOLS) break;
      cursor = answer.nextCursor;
      if (cursor === undefined || cursor === "") return tools;
    }
    throw new CodedError("mcp.tooManyTools", { tools: tools.size });
  }

  /** @throws CodedError `mcp.*`, `aborted`; never for what the tool itself says */
  async call(name: string, args: Readonly<Record<string, unknown>>, limits: CallLimits): Promise<ToolAnswer> {
    try {
      const params = { name, arguments: { ...args } };
      const result = await this.#within(name, limits, (options) =>
        this.#client.request({ method: "tools/call", params }, callResult, options),
      );
      return answerOf(this.#withhold(result));
    } catch (error) {
      const inner = error instanceof CodedError ? error.cause : error;
      if (!(inner instanceof this.#sdk.ProtocolError)) throw error;
      return inner.code === METHOD_NOT_FOUND
        ? { kind: "absent" }
        : { kind: "refused", message: cleanText(this.#withhold(inner.message), 200) };
    }
  }

  async close(): Promise<void> {
    this.#over = true;
    this.onClosed = null;
    const bye = this.#transport.terminateSession?.().catch(() => undefined);
    if (bye !== undefined) await orAborted(bye, AbortSignal.timeout(GOODBYE_MS)).catch(() => undefined);
    await this.#client.close().catch(() => undefined);
    // A client that never got to speak leaves its transport to us.
    await this.#transport.close().catch(() => undefined);
  }

  #why(): Coded {
    return this.#transport.why ?? { code: "mcp.closed", args: {} };
  }

  async #within<T>(
    what: string,
    { deadlineMs, signal }: CallLimits,
    ask: (options: { signal: AbortSignal; timeout: number; maxTotalTimeout: number }) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) throw new CodedError("aborted", {});
    if (this.#over) throw new CodedError(this.#why().code, this.#why().args);
    // The client's own deadline covers requests; this one also what it does before and after them.
    const late = AbortSignal.timeout(Math.ceil(deadlineMs) + 500);
    const either = AbortSignal.any([signal, late]);
    try {
      const asked = ask({ signal: either, timeout: deadlineMs, maxTotalTimeout: deadlineMs });
      return await orAborted(asked, either);
    } catch (error) {
      throw this.#coded(what, error, deadlineMs, signal, late);
    }
  }

  #coded(what: string, error: unknown, deadlineMs: number, signal: AbortSignal, late: AbortSignal): CodedError {
    const { SdkError, SdkErrorCode } = this.#sdk;
    const call = cleanText(what, 80);
    if (signal.aborted) return new CodedError("aborted", {}, { cause: error });
    if (late.aborted || (error instanceof SdkError && error.code === SdkErrorCode.RequestTimeout))
      return new CodedError("mcp.timeout", { call, afterMs: deadlineMs }, { cause: error });
    const coded = codedCause(error);
    if (coded !== null) return coded;
    if (this.#transport.why != null)
      return new CodedError(this.#transport.why.code, this.#transport.why.args, { cause: error });
    if (error instanceof SdkError && error.code === SdkErrorCode.ConnectionClosed)
      return new CodedError("mcp.closed", {}, { cause: error });
    const status = statusOf(error);
    if (status === 401 || status === 403) return new CodedError("mcp.tokenRefused", { status }, { cause: error });
    return new CodedError("mcp.failed", { call, reason: reasonOf(error, this.#withhold) }, { cause: error });
  }
}

/** A reason of ours that a library has wrapped. */
function codedCause(error: unknown): CodedError | null {
  for (let one = error, depth = 0; one instanceof Error && depth < 5; one = one.cause, depth++)
    if (one instanceof CodedError) return one;
  return null;
}

function statusOf(error: unknown): number | null {
  const status = (error as { data?: { status?: unknown } } | null)?.data?.status;
  return typeof status === "number" ? status : null;
}

/** Of an answer over HTTP the status alone: what it says may repeat the token that it was asked with. */
function reasonOf(error: unknown, withhold: Withhold): string {
  const status = statusOf(error);
  if (status !== null) return `HTTP ${status}`;
  const inner = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
  return cleanText(withhold(`${messageOf(error)}${inner}`), 200);
}

function argumentsOf(schema: unknown): ReadonlySet<string> {
  const properties = (schema as { properties?: unknown } | null | undefined)?.properties;
  if (typeof properties !== "object" || properties === null) return new Set();
  return new Set(Object.keys(properties).slice(0, 200));
}

/** Structured content where there is some, else its text, as JSON where it is JSON. */
function answerOf({ content = [], structuredContent, isError = false }: z.infer<typeof callResult>): ToolAnswer {
  const text = content
    .map((part) => (part as { type?: unknown; text?: unknown } | null)?.text)
    .filter((part) => typeof part === "string")
    .join("\n");
  if (isError) return { kind: "refused", message: cleanText(text, 200) };
  if (structuredContent !== undefined && structuredContent !== null) return { kind: "value", value: structuredContent };
  try {
    return { kind: "value", value: JSON.parse(text) };
  } catch {
    // Words for people: kept as they are, nothing is read out of them.
    return { kind: "value", value: text };
  }
}
