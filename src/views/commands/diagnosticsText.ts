import type { SessionState } from "../../engine/client.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { Diagnostics } from "../../engine/protocol/rpc.ts";
import { printableJson } from "../../text/printable.ts";

/** What a bug report needs to know of the editor. No value of a setting that could name a program, a folder or a secret. */
export interface EditorFacts {
  readonly editor: string;
  readonly editorVersion: string;
  readonly extensionVersion: string;
  /** `ssh-remote`, `wsl`…; `null` for none. */
  readonly remote: string | null;
  readonly host: string;
  readonly uiKind: "desktop" | "web";
  readonly trusted: boolean;
  readonly node: string;
  readonly platform: string;
  readonly arch: string;
  readonly settings: {
    readonly autoStart: boolean;
    readonly keepRunning: boolean;
    /** Whether one is set, and how many there are. */
    readonly nodePath: boolean;
    readonly swarms: number;
    readonly recognitionRules: number;
  };
}

/**
 * The bundle as JSON to read before it is shared.
 * @param engine what the engine says of itself; a code when it could not be asked. The arguments of that code stay out:
 *   they name folders and quote what programs wrote
 */
export function diagnosticsText(
  facts: EditorFacts,
  session: SessionState,
  engine:
    | { readonly kind: "answer"; readonly diagnostics: Diagnostics }
    | { readonly kind: "none"; readonly reason: Coded },
): string {
  const bundle = {
    editor: facts,
    connection: {
      state: session.kind,
      reason: session.kind === "waiting" || session.kind === "failed" ? session.reason.code : null,
      role: session.kind === "connected" ? session.info.role : null,
      protocol: session.kind === "connected" ? session.info.protocol : null,
    },
    engine: engine.kind === "answer" ? engine.diagnostics : null,
    engineMissingBecause: engine.kind === "none" ? engine.reason.code : null,
  };
  return `${printableJson(bundle, 2)}\n`;
}
