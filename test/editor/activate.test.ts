import { describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { extensionUnderTest } from "./harness/extensionUnderTest.ts";
import { waitFor } from "./harness/waitFor.ts";

describe("the extension in the real editor", () => {
  it("is active after start-up without being asked", async () => {
    const extension = extensionUnderTest();
    await waitFor("activation", () => extension.isActive);
  });

  it("puts its commands into the palette, where they run", async () => {
    await driver.runCommandViaPalette("Swarm: Show Engine Log");
    await waitFor("the output panel", async () =>
      ((await driver.evaluate("document.querySelector('.part.panel')?.innerText ?? ''")) as string).includes(
        "Swarm Engine",
      ),
    );
    await vscode.commands.executeCommand("workbench.action.closePanel");
  });

  it("has its container in the activity bar and opens it", async () => {
    await vscode.commands.executeCommand("workbench.view.extension.swarm");
    await driver.screenshot("activate-sidebar", { clip: "sidebar" });
    await driver.screenshot("activate");
    await waitFor("the sidebar's title", async () =>
      ((await driver.evaluate("document.querySelector('.part.sidebar .title-label')?.innerText ?? ''")) as string)
        .toLowerCase()
        .includes("swarm"),
    );
  });
});
