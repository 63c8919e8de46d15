import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { ManagedSwarmRow } from "../../engine/protocol/model.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { swarmLabel } from "../agents/faces.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { inMessage } from "../show.ts";
import { parseTarget, previewLine } from "./scaleTexts.ts";

/** Typing "12" should not ask the engine about 1. */
const PREVIEW_DELAY_MS = 150;

/** Asks for a target; while it is typed, the engine tells what it would do. `null` = given up. */
export function askTarget(connection: EngineConnection, swarm: ManagedSwarmRow): Promise<number | null> {
  const input = vscode.window.createInputBox();
  input.title = inMessage(`Scale ${swarmLabel(swarm)}`);
  input.value = String(swarm.target);
  input.valueSelection = [0, input.value.length];
  input.placeholder = `${swarm.minAgents} to ${swarm.maxAgents}`;
  let previewing = new AbortController();
  let timer: NodeJS.Timeout | null = null;

  const preview = (): void => {
    previewing.abort();
    previewing = new AbortController();
    const { signal } = previewing;
    if (timer !== null) clearTimeout(timer);
    const target = parseTarget(input.value, swarm);
    if (typeof target === "string") {
      input.validationMessage = inMessage(target);
      input.prompt = "";
      return;
    }
    input.validationMessage = "";
    timer = setTimeout(() => {
      connection.call(calls.scalePreview, { swarmId: swarm.id, target }, signal).then(
        (answer) => {
          if (!signal.aborted) input.prompt = inMessage(previewLine(answer));
        },
        (error: unknown) => {
          const reason = codedOf(error);
          if (!signal.aborted && !isAborted(reason)) input.prompt = inMessage(`No preview: ${reasonText(reason)}`);
        },
      );
    }, PREVIEW_DELAY_MS);
  };

  return new Promise((resolve) => {
    input.onDidChangeValue(preview);
    input.onDidAccept(() => {
      const target = parseTarget(input.value, swarm);
      if (typeof target === "string") return;
      resolve(target);
      input.hide();
    });
    input.onDidHide(() => {
      if (timer !== null) clearTimeout(timer);
      previewing.abort();
      input.dispose();
      resolve(null);
    });
    preview();
    input.show();
  });
}
