import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { ConfigPatch } from "../../engine/protocol/config.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { reasonText } from "../../text/reasons.ts";
import { confirm, notify } from "../ask.ts";
import type { Troubles } from "../failures.ts";
import { settingsSection } from "../ids.ts";
import { codedOf, type SessionPort } from "../sessionPort.ts";
import {
  type Conflict,
  describeValue,
  EDITOR_SOURCE,
  type KeyPatch,
  patchKeys,
  type PatchKey,
  planAfterChange,
  planAtConnect,
  type SettingSchemas,
  type UserSettings,
} from "./plan.ts";

/**
 * Brings the user's settings to the engine's configuration: when the user changes them, and at the first connect those
 * that nobody has set. Only in trusted windows; a conflict is shown and left to the operator.
 */
export class SettingsSync implements vscode.Disposable {
  readonly #session: SessionPort;
  readonly #troubles: Troubles;
  readonly #schemas: SettingSchemas;
  readonly #owned: { dispose(): void }[];
  #compared = false;
  /** One after the other: each patch is made against the revision the one before has led to. */
  #queue: Promise<void> = Promise.resolve();

  constructor(session: SessionPort, troubles: Troubles, schemas: SettingSchemas) {
    this.#session = session;
    this.#troubles = troubles;
    this.#schemas = schemas;
    this.#owned = [
      session.onState(() => this.#compareOnce()),
      vscode.workspace.onDidChangeConfiguration((event) => {
        const changed = patchKeys.filter((key) => event.affectsConfiguration(`${settingsSection}.${key}`));
        if (changed.length > 0) this.#run((connection) => this.#afterChange(connection, changed));
      }),
    ];
    this.#compareOnce();
  }

  dispose(): void {
    for (const one of this.#owned) one.dispose();
  }

  #compareOnce(): void {
    const { state } = this.#session;
    if (this.#compared || state.kind !== "connected" || state.info.role !== "operator") return;
    this.#compared = true;
    this.#run((connection) => this.#atConnect(connection));
  }

  #run(work: (connection: EngineConnection) => Promise<void>): void {
    if (!vscode.workspace.isTrusted) return;
    this.#queue = this.#queue
      .then(async () => {
        // Not connected: the comparison at the next connect will see it.
        if (this.#session.state.kind === "connected") await work(await this.#session.connection());
        else this.#compared = false;
      })
      .catch((error: unknown) => {
        const reason = codedOf(error);
        if (reason.code === "rpc.closed" || reason.code === "aborted") this.#compared = false;
        else this.#troubles.report(`settings ${reason.code}`, reason);
      });
  }

  async #atConnect(connection: EngineConnection): Promise<void> {
    const file = await connection.call(calls.configGet, {});
    const { patches, conflicts } = planAtConnect(file, userSettings(), this.#schemas);
    await this.#apply(connection, file.revision, patches);
    for (const conflict of conflicts) this.#showConflict(conflict);
  }

  async #afterChange(connection: EngineConnection, changed: readonly PatchKey[]): Promise<void> {
    const file = await connection.call(calls.configGet, {});
    for (const key of changed) this.#troubles.over(`conflict ${key}`);
    await this.#apply(connection, file.revision, planAfterChange(file, userSettings(), this.#schemas, changed));
  }

  /** One key at a time, so that one that is refused does not hold up the others. */
  async #apply(connection: EngineConnection, revision: number, patches: readonly KeyPatch[]): Promise<void> {
    let baseRevision = revision;
    for (const { key, value } of patches) {
      try {
        const patch = { [key]: value } as ConfigPatch;
        ({ revision: baseRevision } = await connection.call(calls.configPatch, {
          source: EDITOR_SOURCE,
          baseRevision,
          patch,
        }));
      } catch (error) {
        const reason = codedOf(error);
        if (reason.code === "rpc.closed" || reason.code === "aborted") throw error;
        notify("warning", `Setting swarm.${key} is not used: ${reasonText(reason)} The last good value stays.`, [
          {
            title: "Open Setting",
            run: () => vscode.commands.executeCommand("workbench.action.openSettings", `${settingsSection}.${key}`),
          },
        ]);
      }
    }
  }

  #showConflict(conflict: Conflict): void {
    const { key, engineSource } = conflict;
    this.#troubles.tell(
      `conflict ${key}`,
      `swarm.${key} in the editor's settings differs from what the engine uses (set by ${engineSource}). The engine's value stays in use.`,
      [{ title: "Show", run: () => this.#explain(conflict) }],
    );
  }

  /** Both values side by side; nothing changes unless the operator says so. */
  async #explain({ key, engineSource, engineValue, editorValue }: Conflict): Promise<void> {
    const use = await confirm(
      `swarm.${key} differs between the engine and this editor's settings`,
      [
        `Engine (set by ${engineSource}): ${describeValue(engineValue, 300)}`,
        `Editor settings: ${describeValue(editorValue, 300)}`,
        "Cancel keeps the engine's value in use. To make the editor agree with it, change the setting.",
      ],
      "Use Editor's Value",
    );
    if (use) this.#run((connection) => this.#afterChange(connection, [key]));
  }
}

/** Only what the user has set: `inspect` keeps workspace values apart, and they are never looked at. */
function userSettings(): UserSettings {
  const configuration = vscode.workspace.getConfiguration(settingsSection);
  const settings: UserSettings = {};
  for (const key of patchKeys) {
    const value: unknown = configuration.inspect(key)?.globalValue;
    if (value !== undefined) settings[key] = value;
  }
  return settings;
}
