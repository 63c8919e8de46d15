import * as vscode from "vscode";
import type { ConfigValues } from "../../engine/protocol/config.ts";
import { BEARER, MAX_BEARER_BYTES } from "../../engine/protocol/orchestrators.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { notify } from "../ask.ts";
import { commandIds, settingNames, settingsSection } from "../ids.ts";
import { keepToken, keptToken } from "../secrets.ts";
import { inMessage, inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, connected } from "./command.ts";

interface Place {
  readonly id: string;
  readonly name: string;
  readonly url: string;
}

/** The token stays in the editor's secret storage; the engine gets it, and keeps it in memory. */
export const setOrchestratorToken: Command = {
  id: commandIds.setOrchestratorToken,
  couldNot: "Could not set the token",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const { values } = await connection.call(calls.configGet, {});
    const place = await choose(values, subject);
    if (place === undefined) return;
    const { id: swarmId, name, url } = place;
    const had = await keptToken(world.secrets, swarmId);
    const typed = await vscode.window.showInputBox({
      title: inMessage(`Token of ${name}`),
      value: "",
      password: true,
      ignoreFocusOut: true,
      prompt: inMessage(
        `Sent to ${url} only, and kept in this editor's secret storage. ${had === null ? "None is kept now." : "Leave it empty to forget the one that is kept."}`,
      ),
      validateInput: (text) => problemOf(text.trim(), had !== null),
    });
    if (typed === undefined) return;
    const token = typed.trim() === "" ? null : typed.trim();
    // Told to the engine first: one that it refuses is not kept.
    await connection.call(calls.orchestratorToken, { swarmId, url, token });
    await keepToken(world.secrets, swarmId, token === null ? null : { url, token });
    const done = token === null ? `Token of ${name} forgotten` : `Token of ${name} set; connecting`;
    vscode.window.setStatusBarMessage(`$(check) ${inPick(done)}`, 8_000);
  },
};

function problemOf(token: string, mayBeEmpty: boolean): string | null {
  if (token === "") return mayBeEmpty ? null : "Type or paste the token that the server's operator has issued.";
  if (token.length > MAX_BEARER_BYTES) return `It is longer than ${MAX_BEARER_BYTES} characters.`;
  return BEARER.test(token) ? null : "A token is one word of letters, digits and signs, without blanks.";
}

/** The swarm meant; `undefined`: given up, or there is none that takes a token. */
async function choose({ orchestrators }: ConfigValues, subject: Subject | null): Promise<Place | undefined> {
  const places = orchestrators.flatMap(({ id, label = id, url, tokenFromEditor }): Place[] =>
    tokenFromEditor && url !== undefined ? [{ id, name: label, url }] : [],
  );
  const meant = subject?.kind === "swarm" ? places.filter(({ id }) => id === subject.swarmId) : places;
  if (meant.length === 0) {
    const which = subject?.kind === "swarm" ? `'${subject.swarmId}' takes no token` : "No orchestrator takes a token";
    notify(
      "info",
      `${which} from the editor: set 'url' and 'tokenFromEditor' of it in the setting swarm.orchestrators.`,
      [
        {
          title: "Open Setting",
          run: () =>
            vscode.commands.executeCommand(
              "workbench.action.openSettings",
              `${settingsSection}.${settingNames.orchestrators}`,
            ),
        },
      ],
    );
    return undefined;
  }
  if (meant.length === 1) return meant[0];
  const picks = meant.map((place) => ({ label: inPick(place.name), description: inPick(place.url), place }));
  const picked = await vscode.window.showQuickPick(picks, {
    title: "Set Token",
    placeHolder: "Of which orchestrator?",
  });
  return picked?.place;
}
