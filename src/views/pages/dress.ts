import * as vscode from "vscode";
import { newNonce, pageHtml } from "./html.ts";

/** What a page is made of. Paths below the extension's folder. */
export interface PageParts {
  readonly title: string;
  readonly script: string;
  readonly styles: readonly string[];
}

/**
 * Gives a panel what every page has: scripts from our folders alone, no commands in links, the icon.
 * @returns brings the page up; to be called when somebody hears its messages
 */
export function dress(panel: vscode.WebviewPanel, extensionUri: vscode.Uri): (parts: PageParts) => void {
  const { webview } = panel;
  const file = (path: string): vscode.Uri => vscode.Uri.joinPath(extensionUri, path);
  const uri = (path: string): string => webview.asWebviewUri(file(path)).toString();
  webview.options = {
    enableScripts: true,
    localResourceRoots: [file("dist/webview"), file("media")],
    enableCommandUris: false,
  };
  panel.iconPath = { light: file("media/swarm-light.svg"), dark: file("media/swarm-dark.svg") };
  return ({ title, script, styles }) => {
    webview.html = pageHtml({
      ...{ title, cspSource: webview.cspSource, nonce: newNonce() },
      ...{ scriptUri: uri(script), styleUris: styles.map(uri) },
    });
  };
}
