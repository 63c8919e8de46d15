import { it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { waitFor } from "./harness/waitFor.ts";
import { writeFileSync } from "node:fs";
it("probe", async () => {
  const out: unknown[] = [];
  await vscode.commands.executeCommand("workbench.view.explorer");
  out.push(
    await waitFor("rows", async () => {
      const r = await driver.treeRows("ws");
      return r.length > 0 && r;
    }),
  );
  out.push(await driver.statusBarItems());
  await driver.toggleRow("ws", "src");
  out.push(
    await waitFor("rows", async () => {
      const r = await driver.treeRows("ws");
      return r.length > 2 && r;
    }),
  );
  out.push(await driver.rowTooltip("ws", "README.md"));
  void vscode.window.showWarningMessage("toast?", "Fine");
  out.push(
    await waitFor("n", async () => {
      const r = await driver.notifications();
      return r.length > 0 && r;
    }),
  );
  await driver.notificationChoose("Fine");
  const choice = vscode.window.showWarningMessage("Stop it?", { modal: true, detail: "pid 12" }, "Stop");
  out.push(await waitFor("d", () => driver.dialogText()));
  await driver.dialogChoose("Stop");
  out.push(await choice);
  const pick = vscode.window.showQuickPick([{ label: "one", description: "d" }, { label: "two" }], {
    title: "Pick",
    placeHolder: "which",
  });
  out.push(
    await waitFor("q", async () => {
      const r = await driver.quickPickItems();
      return r !== null && r.length === 2 && r;
    }),
  );
  out.push(await driver.quickInputText());
  await driver.quickPickChoose("two");
  out.push(await pick);
  const input = vscode.window.showInputBox({
    title: "T",
    prompt: "P",
    validateInput: (v) => (v === "5" ? undefined : "bad value"),
  });
  await waitFor("i", () => driver.quickInputText());
  await driver.typeText("x");
  out.push(
    await waitFor("bad", async () => {
      const t = await driver.quickInputText();
      return t?.includes("bad value") && t;
    }),
  );
  await driver.pressKey("Backspace");
  await driver.typeText("5");
  await driver.pressKey("Enter");
  out.push(await input);
  const panel = vscode.window.createWebviewPanel("t", "T", 1, {});
  panel.webview.html = "<b>hello</b>";
  out.push(
    await waitFor("w", async () => {
      const t = await driver.webviewTexts();
      return t.join().includes("hello") && t;
    }),
  );
  out.push(await driver.evaluate("document.body.className + document.querySelector('.monaco-workbench').className"));
  await driver.screenshot("zz");
  writeFileSync("/tmp/probe.txt", JSON.stringify(out, null, 1));
});
it("fails on purpose", () => {
  throw new Error("on purpose", { cause: new Error("why") });
});
