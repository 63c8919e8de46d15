import assert from "node:assert/strict";
import { describe, it } from "mocha";
import * as vscode from "vscode";
import { driver } from "./harness/driver.ts";
import { extensionUnderTest } from "./harness/extensionUnderTest.ts";
import { waitFor } from "./harness/waitFor.ts";

describe("an untrusted workspace", () => {
  it("is shown as restricted, and the extension is active in it all the same", async () => {
    assert.equal(vscode.workspace.isTrusted, false);
    const extension = extensionUnderTest();
    await waitFor("activation", () => extension.isActive);
    await waitFor("the status bar to say so", async () =>
      (await driver.statusBarText()).join(" ").includes("Restricted Mode"),
    );
  });
});
