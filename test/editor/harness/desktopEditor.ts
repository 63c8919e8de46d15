import { join } from "node:path";
import { chromium, type Page } from "playwright-core";
import { startGroup } from "./childGroup.ts";
import { freePort } from "./freePort.ts";
import type { EditorOpener } from "./openEditor.ts";
import { waitFor } from "./waitFor.ts";

const WINDOW_DEADLINE_MS = 60_000;

/** Opens a desktop VS Code and drives its window through its debugging port. */
export function desktopEditor(executable: string): EditorOpener {
  return async (scenario, folders, { env, onPage }) => {
    const port = await freePort();
    const editor = startGroup(
      executable,
      [
        folders.workspace,
        `--extensionDevelopmentPath=${join(folders.extensions, "product")}`,
        `--extensionDevelopmentPath=${join(folders.extensions, "runner")}`,
        `--user-data-dir=${folders.userData}`,
        `--extensions-dir=${join(folders.base, "ext")}`,
        `--remote-debugging-port=${port}`,
        ...["--skip-welcome", "--skip-release-notes", "--disable-telemetry", "--disable-updates", "--no-sandbox"],
        ...(scenario.trusted ? ["--disable-workspace-trust"] : []),
      ],
      env,
    );
    try {
      const browser = await waitFor(
        "the editor's debugging port",
        () => chromium.connectOverCDP(`http://127.0.0.1:${port}`),
        {
          deadlineMs: WINDOW_DEADLINE_MS,
        },
      );
      const page = await waitFor(
        "the workbench's window",
        () => workbenchAmong(browser.contexts().flatMap((it) => it.pages())),
        {
          deadlineMs: WINDOW_DEADLINE_MS,
        },
      );
      onPage(page);
      const stop = async (): Promise<void> => {
        await browser.close();
        await editor.stop();
      };
      return { page, ended: editor.ended.then((how) => `the editor ${how}`), output: editor.output, stop };
    } catch (error) {
      await editor.stop();
      throw new Error(`${String(error)}\n${editor.output()}`, { cause: error });
    }
  };
}

function workbenchAmong(pages: readonly Page[]): Page | undefined {
  return pages.find((page) => page.url().includes("workbench"));
}
