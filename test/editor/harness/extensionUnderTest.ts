import * as vscode from "vscode";
import manifest from "../../../package.json" with { type: "json" };

export const EXTENSION_ID = `${manifest.publisher}.${manifest.name}`;

/** @throws Error when the editor does not know the extension */
export function extensionUnderTest(): vscode.Extension<unknown> {
  const extension = vscode.extensions.getExtension(EXTENSION_ID);
  if (extension === undefined) throw new Error(`the editor does not know ${EXTENSION_ID}`);
  return extension;
}
