import type * as vscode from "vscode";
import type { EngineConnection } from "../engine/client.ts";
import type { SwarmRow } from "../engine/protocol/model.ts";
import { calls } from "../engine/protocol/rpc.ts";
import { codedOf } from "./sessionPort.ts";

/** Bearer tokens of orchestrators in the editor's secret storage, and how they come to the engine. */

/** A token, and the only address that it is sent to. */
export interface KeptToken {
  readonly url: string;
  readonly token: string;
}

export type Secrets = Pick<vscode.SecretStorage, "get" | "store" | "delete">;

const keyOf = (swarmId: string): string => `orchestratorToken:${swarmId}`;

/** @returns `null` when none is kept, or what is kept is no token of ours */
export async function keptToken(secrets: Secrets, swarmId: string): Promise<KeptToken | null> {
  const kept = await secrets.get(keyOf(swarmId));
  if (kept === undefined) return null;
  try {
    const { url, token } = JSON.parse(kept) as Partial<KeptToken>;
    return typeof url === "string" && typeof token === "string" ? { url, token } : null;
  } catch {
    return null;
  }
}

/** @param token `null`: none is to be kept any more */
export async function keepToken(secrets: Secrets, swarmId: string, token: KeptToken | null): Promise<void> {
  await (token === null ? secrets.delete(keyOf(swarmId)) : secrets.store(keyOf(swarmId), JSON.stringify(token)));
}

/**
 * Gives the engine the tokens that it lacks and this editor has. Each once: one that is refused is not tried again before
 * another engine or another token is there.
 * @param given what this engine was given already; grows
 * @throws Failure as the calls do, for the first that was refused
 */
export async function giveTokens(
  connection: EngineConnection,
  secrets: Secrets,
  swarms: readonly SwarmRow[],
  given: Set<string>,
): Promise<void> {
  for (const swarm of swarms) {
    if (swarm.kind !== "orchestrated" || !swarm.wantsToken) continue;
    const kept = await keptToken(secrets, swarm.id);
    if (kept === null) continue;
    const once = JSON.stringify([connection.info.epoch, swarm.id, kept]);
    if (given.has(once)) continue;
    given.add(once);
    try {
      await connection.call(calls.orchestratorToken, { swarmId: swarm.id, ...kept });
    } catch (error) {
      if (codedOf(error).code === "rpc.closed") given.delete(once);
      throw error;
    }
  }
}
