import * as vscode from "vscode";
import type { EngineConnection } from "../../engine/client.ts";
import type { Lane } from "../../engine/protocol/lanes.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { MAX_SUBMIT } from "../../engine/protocol/tasks.ts";
import { countText } from "../../text/figures.ts";
import { confirm, notify, withProgress } from "../ask.ts";
import { swarmLabel } from "../agents/faces.ts";
import { commandIds, viewIds } from "../ids.ts";
import { inPick } from "../show.ts";
import type { Subject } from "../tree/node.ts";
import { type Command, type CommandWorld, connected, overviewNow } from "./command.ts";
import { laneChoices, promptLines, promptProblem, submitSummary } from "./submitTexts.ts";
import { chooseSwarm } from "./swarmChoice.ts";

const NO_SWARM =
  'There is no swarm that could take a task. Define one with "Swarm: Define a Swarm", or start the demo swarm.';
/** More lines than this are asked about before they go. */
const ASK_ABOVE = 10;

export const submitTask: Command = {
  id: commandIds.submitTask,
  couldNot: "Could not submit the task",
  acts: true,
  async run(world, subject) {
    const connection = await connected(world);
    const target = await chooseTarget(world, connection, subject, "Submit Task");
    if (target === null) return;
    const prompt = await vscode.window.showInputBox({
      title: `Submit Task to ${inPick(target.label)}`,
      placeHolder: "What is to be done?",
      prompt: 'For more than one line, write it in an editor and use "Swarm: Submit Selection as Task".',
      ignoreFocusOut: true,
      validateInput: promptProblem,
    });
    if (prompt === undefined) return;
    const lane = await chooseLane(subject);
    if (lane !== null) await submit(connection, target, lane, [prompt]);
  },
};

export const submitSelection: Command = {
  id: commandIds.submitSelection,
  couldNot: "Could not submit the selection",
  acts: true,
  async run(world, subject) {
    const editor = vscode.window.activeTextEditor;
    const prompt = editor === undefined ? "" : editor.document.getText(editor.selection);
    if (prompt.trim() === "") return notify("info", "Nothing is selected. Select the text that is to be the task.");
    const connection = await connected(world);
    const target = await chooseTarget(world, connection, subject, "Submit Selection as Task");
    const lane = target === null ? null : await chooseLane(subject);
    if (target !== null && lane !== null) await submit(connection, target, lane, [prompt]);
  },
};

export const submitLines: Command = {
  id: commandIds.submitLines,
  couldNot: "Could not submit the lines",
  acts: true,
  async run(world, subject) {
    const [file] =
      (await vscode.window.showOpenDialog({ title: "Each Line of a File as a Task", openLabel: "Use" })) ?? [];
    if (file === undefined) return;
    const prompts = promptLines(new TextDecoder().decode(await vscode.workspace.fs.readFile(file)));
    if (prompts.length === 0) return notify("info", "The file has no line that says anything.");
    if (prompts.length > MAX_SUBMIT)
      return notify("warning", `The file has ${prompts.length} lines; at most ${MAX_SUBMIT} are taken at once.`);
    const connection = await connected(world);
    const target = await chooseTarget(world, connection, subject, "Submit Lines as Tasks");
    const lane = target === null ? null : await chooseLane(subject);
    if (target === null || lane === null) return;
    const question = `Submit ${countText(prompts.length, "task")} to ${target.label}, lane ${lane}?`;
    const detail = [`First: ${prompts[0] ?? ""}`, `Last: ${prompts.at(-1) ?? ""}`, "Waiting tasks can be cancelled."];
    if (prompts.length > ASK_ABOVE && !(await confirm(question, detail, "Submit"))) return;
    await submit(connection, target, lane, prompts);
  },
};

interface Target {
  readonly id: string;
  readonly label: string;
}

async function chooseTarget(
  world: CommandWorld,
  connection: EngineConnection,
  subject: Subject | null,
  title: string,
): Promise<Target | null> {
  const swarm = await chooseSwarm(await overviewNow(world, connection), subject, title, () => true, NO_SWARM);
  return swarm === null ? null : { id: swarm.id, label: swarmLabel(swarm) };
}

async function chooseLane(subject: Subject | null): Promise<Lane | null> {
  if (subject?.kind === "lane") return subject.lane;
  const picked = await vscode.window.showQuickPick([...laneChoices], {
    title: "Lane",
    placeHolder: "How urgent is it?",
  });
  return picked?.lane ?? null;
}

async function submit(
  connection: EngineConnection,
  { id, label }: Target,
  lane: Lane,
  prompts: readonly string[],
): Promise<void> {
  const tasks = prompts.map((prompt) => ({ prompt }));
  const send = (signal?: AbortSignal) => connection.call(calls.taskSubmit, { swarmId: id, lane, tasks }, signal);
  const { results } =
    tasks.length > ASK_ABOVE
      ? await withProgress(`Submitting ${tasks.length} tasks`, (signal) => send(signal))
      : await send();
  const { text, refused } = submitSummary(results, label, lane);
  if (!refused) return void vscode.window.setStatusBarMessage(`$(check) ${inPick(text)}`, 8_000);
  const show = { title: "Show Bulkheads", run: () => vscode.commands.executeCommand(`${viewIds.bulkheads}.focus`) };
  notify("warning", text, [show]);
}
