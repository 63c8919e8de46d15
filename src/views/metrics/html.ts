import { randomBytes } from "node:crypto";

export interface PageParts {
  readonly cspSource: string;
  readonly scriptUri: string;
  readonly styleUri: string;
  readonly nonce: string;
}

export function newNonce(): string {
  return randomBytes(18).toString("base64url");
}

/** The page "Swarm Metrics": nothing may run, load or connect but its own script and style. */
export function metricsHtml({ cspSource, scriptUri, styleUri, nonce }: PageParts): string {
  const policy = `default-src 'none'; script-src 'nonce-${nonce}'; style-src ${cspSource}; base-uri 'none'; form-action 'none'`;
  return `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="stylesheet" href="${styleUri}">
<title>Swarm Metrics</title>
</head>
<body>
<div id="page"></div>
<script nonce="${nonce}" src="${scriptUri}"></script>
</body>
</html>`;
}
