import { randomBytes } from "node:crypto";

export interface PageParts {
  readonly title: string;
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUris: readonly string[];
  readonly nonce: string;
}

export function newNonce(): string {
  return randomBytes(18).toString("base64url");
}

/** A page: nothing may run, load or connect but its own script and styles. `title` is ours, never somebody's text. */
export function pageHtml({ title, cspSource, scriptUri, styleUris, nonce }: PageParts): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; base-uri 'none'; form-action 'none'`;
  const styles = styleUris.map((uri) => `<link rel="stylesheet" href="${uri}">`).join("\n");
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
${styles}
<title>${title}</title>
</head>
<body>
<div id="page"></div>
<script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>`;
}
