import { join } from "node:path";
import type { Browser } from "playwright-core";
import { type ChildGroup, startGroup } from "./childGroup.ts";
import { freePort } from "./freePort.ts";
import type { EditorOpener } from "./openEditor.ts";
import { waitFor } from "./waitFor.ts";

const START_DEADLINE_MS = 60_000;

/**
 * Opens the workbench in the browser, its server started on a free loopback port.
 * @param serverMain the server of the installed editor
 */
export function webEditor(browser: Browser, serverMain: string): EditorOpener {
  return async (scenario, folders, { env, onPage }) => {
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const server = startGroup(
      process.execPath,
      [
        serverMain,
        ...["--host", "127.0.0.1", "--port", String(port), "--without-connection-token"],
        ...["--server-data-dir", join(folders.userData, ".."), "--extensions-dir", join(folders.base, "ext")],
        ...["--accept-server-license-terms", "--telemetry-level", "off", "--force-disable-user-env"],
        // Only with the smoke-test driver does a built workbench accept the development payload.
        "--enable-smoke-test-driver",
        ...(scenario.trusted ? ["--disable-workspace-trust"] : []),
      ],
      env,
    );
    try {
      await answering(server, `http://${host}`);
      const context = await browser.newContext({ viewport: { width: 1400, height: 1080 } });
      const page = await context.newPage();
      onPage(page);
      // One entry only: the workbench reads the payload into a map.
      const payload = JSON.stringify([["extensionDevelopmentPath", `vscode-remote://${host}${folders.extensions}`]]);
      const query = `folder=${encodeURIComponent(folders.workspace)}&payload=${encodeURIComponent(payload)}`;
      await page.goto(`http://${host}/?${query}`);
      const stop = async (): Promise<void> => {
        await context.close();
        await server.stop();
      };
      return { page, ended: server.ended.then((how) => `the editor's server ${how}`), output: server.output, stop };
    } catch (error) {
      await server.stop();
      throw new Error(`${String(error)}\n${server.output()}`, { cause: error });
    }
  };
}

async function answering(server: ChildGroup, address: string): Promise<void> {
  const ready = async (): Promise<boolean> => {
    const response = await fetch(address, { signal: AbortSignal.timeout(5_000) });
    await response.arrayBuffer();
    return response.ok;
  };
  await Promise.race([
    waitFor("the editor's server to answer", ready, { deadlineMs: START_DEADLINE_MS }),
    server.ended.then((how) => Promise.reject(new Error(`the editor's server ${how}`))),
  ]);
}
