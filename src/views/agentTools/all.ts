import { setTimeout as delay } from "node:timers/promises";
import * as vscode from "vscode";
import type { SwarmMode } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { cleanValue } from "../../mcp/clean.ts";
import { failureOf, ToolFailure } from "../../mcp/failure.ts";
import { reasonOf } from "../../mcp/shapes.ts";
import type { AgentTool, ToolContext } from "../../mcp/tool.ts";
import { tools } from "../../mcp/tools/all.ts";
import { countText } from "../../text/figures.ts";
import { moreReasons } from "../../text/moreReasons.ts";
import { addReasons } from "../../text/reasons.ts";
import { agentTools } from "../ids.ts";
import type { SessionPort } from "../sessionPort.ts";
import { demoName, line } from "../show.ts";

/** Tools for language models in this editor. A bundle of its own, loaded with the first question. */

addReasons(moreReasons);

/** Longer than any of these takes; nobody waits for an engine that does not come. */
const PATIENCE_MS = 60_000;

const DOES: Readonly<Record<SwarmMode, string>> = {
  observe: "The swarm is only observed, so this will be refused.",
  recommend: "The swarm's mode is recommend: nothing is done now. It waits in Decisions until you apply it.",
  auto: "The swarm's mode is auto: it is done at once, and can be undone in Decisions.",
};

/** What is shown while it runs, and of what acts, what is asked before. Changes nothing. */
export async function prepare(
  name: string,
  input: unknown,
  session: SessionPort,
  token: vscode.CancellationToken,
): Promise<vscode.PreparedToolInvocation> {
  const tool = toolOf(name);
  const invocationMessage = tool.title;
  if (tool.kind === "reads") return { invocationMessage };
  const { data } = tool.input.safeParse(input);
  if (data === undefined) return { invocationMessage };
  return withSignal(token, async (signal) => {
    const { swarmId, target } = data as { readonly swarmId: string; readonly target: number };
    const title = `Ask for ${countText(target, "agent")} of ${line(swarmId, 60)}?`;
    return {
      invocationMessage,
      confirmationMessages: { title, message: await question(swarmId, target, session, signal) },
    };
  });
}

/** From what to what, and what becomes of it. Names are text, whatever they look like. */
async function question(
  swarmId: string,
  target: number,
  session: SessionPort,
  signal: AbortSignal,
): Promise<vscode.MarkdownString> {
  const text = new vscode.MarkdownString();
  try {
    const connection = await session.connection(signal);
    const preview = await connection.call(calls.scalePreview, { swarmId, target }, signal);
    const row = (await connection.call(calls.overview, {}, signal)).swarms.find(({ id }) => id === swarmId);
    const isManaged = row?.kind === "managed";
    const label = demoName(preview.label, isManaged && row.demo);
    text.appendText(`${line(label, 60)}: ${preview.from} → ${countText(preview.to, "agent")}, ${preview.live} alive.`);
    if (preview.ending.length > 0) text.appendText(` ${countText(preview.ending.length, "agent")} would end.`);
    if (isManaged) text.appendText(` ${DOES[row.mode]}`);
    if (preview.refusal !== null) text.appendText(` It would be refused: ${line(reasonOf(preview.refusal).text, 300)}`);
  } catch (error) {
    text.appendText(`What this would do cannot be told now: ${line(reasonOf(failureOf(error)).text, 300)}`);
  }
  return text;
}

/** @throws Error with the words of what went wrong, for the model to read */
export async function invoke(
  name: string,
  input: unknown,
  session: SessionPort,
  token: vscode.CancellationToken,
): Promise<vscode.LanguageModelToolResult> {
  const tool = toolOf(name);
  const value = await withSignal(token, async (signal) => {
    try {
      if (tool.kind === "acts" && !vscode.workspace.isTrusted) throw new ToolFailure("role.denied", { role: "viewer" });
      const parsed = tool.input.safeParse(input);
      if (!parsed.success)
        throw new ToolFailure("params.invalid", {
          problem: parsed.error.issues[0]?.message ?? "",
          path: parsed.error.issues[0]?.path.join(".") ?? "",
        });
      return await tool.run(parsed.data, contextOf(session, signal));
    } catch (error) {
      const { code, text } = reasonOf(failureOf(error));
      throw new Error(String(cleanValue(`${code}: ${text}`)), { cause: error });
    }
  });
  return new vscode.LanguageModelToolResult([new vscode.LanguageModelTextPart(JSON.stringify(cleanValue(value)))]);
}

function toolOf(name: string): AgentTool {
  const own = Object.entries(agentTools).find(([known]) => known === name)?.[1];
  const tool = tools.find((one) => one.name === own);
  if (tool === undefined) throw new RangeError(`no tool ${name}`);
  return tool;
}

function contextOf(session: SessionPort, signal: AbortSignal): ToolContext {
  return {
    call: async (call, params) => (await session.connection(signal)).call(call, params, signal),
    signal,
    // A conversation in the editor is no process: it asks for no capacity.
    holder: null,
    leases: null,
    wallMs: () => Date.now(),
    delay: (ms, until) => delay(ms, undefined, { signal: until }),
  };
}

/** The editor's token, and a deadline, as a signal. */
async function withSignal<T>(token: vscode.CancellationToken, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const cancelled = new AbortController();
  if (token.isCancellationRequested) cancelled.abort();
  const listening = token.onCancellationRequested(() => cancelled.abort());
  try {
    return await run(AbortSignal.any([cancelled.signal, AbortSignal.timeout(PATIENCE_MS)]));
  } finally {
    listening.dispose();
  }
}
