import { exitCode } from "../engine/protocol/cli.ts";
import type { ProfilePreview } from "../engine/protocol/profiling.ts";
import { printable } from "../text/printable.ts";
import { reasonText } from "../text/reasons.ts";
import { CliFailure } from "./failure.ts";
import type { VerbContext } from "./world.ts";

/**
 * Asks whether an inspector may be opened in a process.
 * @throws CliFailure exit code 2 where nobody can be asked, 1 after a no
 */
export async function askForInspector(preview: ProfilePreview, context: VerbContext): Promise<void> {
  if (!(await mayOpenInspector(preview, context)))
    throw new CliFailure(exitCode.failure, "confirm.inspectorDeclined", { pid: preview.pid });
}

/**
 * The same, where a no takes only a part of what is wanted.
 * @param otherwise the flag that does without
 * @throws CliFailure exit code 2 where nobody can be asked
 */
export async function mayOpenInspector(
  preview: ProfilePreview,
  context: VerbContext,
  otherwise: string | null = null,
): Promise<boolean> {
  const { pid, command } = preview;
  const openWork = preview.openWork.map(reasonText).join(", ");
  if (context.confirm === null) throw new CliFailure(exitCode.usage, "confirm.inspector", { pid, command, otherwise });
  const question = [
    `Open the inspector of process ${pid} for a while?`,
    `  command    ${printable(command)}`,
    `  open work  ${openWork === "" ? "none seen" : openWork}`,
    "It goes on running, a little slower, and the inspector is closed again. [y/N] ",
  ].join("\n");
  return context.confirm(question, context.interrupt);
}
