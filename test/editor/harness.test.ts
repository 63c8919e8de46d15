import assert from "node:assert/strict";
import { after, describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";

/** What other tests rely on, proved on the workbench's own parts. */
describe("the test driver", () => {
  after(() => vscode.commands.executeCommand("workbench.action.closeAllEditors"));

  it("reads the rows of a view, opens them and reads their tooltips", async () => {
    await vscode.commands.executeCommand("workbench.view.explorer");
    const rows = await waitFor("the workspace's files", async () => {
      const found = await driver.treeRows("ws");
      return found.length > 0 && found;
    });
    assert.deepEqual(
      rows.map(({ label, level, expanded }) => ({ label, level, expanded })),
      [
        { label: "src", level: 1, expanded: false },
        { label: "README.md", level: 1, expanded: null },
      ],
    );
    await driver.toggleRow("ws", "src");
    await waitFor("the folder to open", async () =>
      (await driver.treeRows("ws")).some(({ label, level }) => label === "app.js" && level === 2),
    );
    assert.match(await driver.rowTooltip("ws", "README.md"), /\/ws\/README\.md$/);
  });

  it("reads notifications and presses their buttons", async () => {
    const answer = vscode.window.showWarningMessage("Something happened", "Fine");
    const [seen] = await waitFor("the notification", async () => {
      const found = await driver.notifications();
      return found.length > 0 && found;
    });
    assert.deepEqual(seen, { message: "Something happened", severity: "warning", buttons: ["Fine"] });
    await driver.notificationChoose("Fine");
    assert.equal(await answer, "Fine");
  });

  it("reads a modal dialog and answers it", async () => {
    assert.equal(await driver.dialogText(), null);
    const answer = vscode.window.showWarningMessage("Stop it?", { modal: true, detail: "pid 12" }, "Stop");
    const dialog = await waitFor("the dialog", () => driver.dialogText());
    assert.deepEqual([dialog.message, dialog.detail], ["Stop it?", "pid 12"]);
    assert.deepEqual(dialog.buttons.toSorted(), ["Cancel", "Stop"]);
    await driver.dialogChoose("Stop");
    assert.equal(await answer, "Stop");
  });

  it("answers pick lists and input boxes", async () => {
    const picked = vscode.window.showQuickPick(["one", "two"], { title: "Pick" });
    await waitFor("the list", async () => (await driver.quickPickItems())?.join() === "one,two");
    await driver.quickPickChoose("two");
    assert.equal(await picked, "two");

    const validateInput = (text: string): string | undefined => (text === "5" ? undefined : "not five");
    const typed = vscode.window.showInputBox({ title: "How many", validateInput });
    await waitFor("the box", async () => (await driver.quickInputText())?.includes("How many"));
    await driver.typeText("x");
    await waitFor("the complaint", async () => (await driver.quickInputText())?.includes("not five"));
    await driver.pressKey("Backspace");
    await driver.typeText("5");
    await driver.pressKey("Enter");
    assert.equal(await typed, "5");
  });

  it("reads what a webview shows", async () => {
    vscode.window.createWebviewPanel("test", "Test", vscode.ViewColumn.One).webview.html = "<b>hello there</b>";
    await waitFor("its text", async () => (await driver.webviewTexts()).includes("hello there"));
  });

  it("shows the theme that the scenario asks for", async () => {
    assert.equal(vscode.window.activeColorTheme.kind, vscode.ColorThemeKind.Dark);
  });
});
