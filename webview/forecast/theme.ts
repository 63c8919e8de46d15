/** Colours and widths of the chart, from the editor's own variables. */
export interface Theme {
  readonly text: string;
  readonly grid: string;
  readonly history: string;
  readonly forecast: string;
  readonly band: string;
  readonly capacity: string;
  readonly up: string;
  readonly down: string;
  readonly action: string;
  readonly width: number;
  readonly font: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (...names: readonly string[]): string =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== "") ??
    getComputedStyle(document.body).color;
  const contrast = /high-contrast/.test(document.body.className);
  const text = colour("foreground", "editor-foreground");
  const forecast = contrast ? text : colour("charts-purple", "charts-foreground");
  return {
    text,
    // Hex with an alpha of its own would be doubled: mixed by the browser, whatever form the theme's colour has.
    grid: mixed(text, contrast ? 30 : 14),
    history: contrast ? text : colour("charts-blue", "charts-foreground"),
    forecast,
    band: mixed(forecast, contrast ? 35 : 22),
    capacity: contrast ? colour("contrastActiveBorder", "focusBorder") : colour("charts-green", "charts-foreground"),
    up: contrast ? text : colour("charts-red", "errorForeground"),
    down: contrast ? text : colour("charts-yellow", "editorWarning-foreground"),
    action: mixed(text, contrast ? 100 : 55),
    width: contrast ? 2.5 : 1.75,
    font: `${11 * devicePixelRatio}px ${style.getPropertyValue("--vscode-font-family") || "sans-serif"}`,
  };
}

function mixed(colour: string, percent: number): string {
  return `color-mix(in srgb, ${colour} ${percent}%, transparent)`;
}
