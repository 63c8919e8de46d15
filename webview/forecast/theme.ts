/** Colours and widths of the chart, from the editor's own variables. */
export interface Theme {
  readonly text: string;
  readonly background: string;
  readonly grid: string;
  readonly history: string;
  readonly imported: string;
  readonly forecast: string;
  readonly band: string;
  readonly said: string;
  readonly saidBand: string;
  readonly capacity: string;
  readonly up: string;
  readonly down: string;
  readonly unusual: string;
  readonly action: string;
  readonly width: number;
  readonly family: string;
  /** For a canvas, whose pixels are the screen's. */
  readonly font: string;
}

export function readTheme(): Theme {
  const style = getComputedStyle(document.documentElement);
  const colour = (...names: readonly string[]): string =>
    names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== "") ??
    getComputedStyle(document.body).color;
  const contrast = /high-contrast/.test(document.body.className);
  const text = colour("foreground", "editor-foreground");
  const history = contrast ? text : colour("charts-blue", "charts-foreground");
  const forecast = contrast ? text : colour("charts-purple", "charts-foreground");
  const said = contrast ? text : colour("charts-orange", "charts-foreground");
  const family = style.getPropertyValue("--vscode-font-family") || "sans-serif";
  return {
    text,
    background: colour("editor-background"),
    // Hex with an alpha of its own would be doubled: mixed by the browser, whatever form the theme's colour has.
    grid: mixed(text, contrast ? 30 : 14),
    history,
    imported: mixed(history, contrast ? 100 : 65),
    forecast,
    band: mixed(forecast, contrast ? 35 : 22),
    said,
    saidBand: mixed(said, contrast ? 20 : 14),
    capacity: contrast ? colour("contrastActiveBorder", "focusBorder") : colour("charts-green", "charts-foreground"),
    up: contrast ? text : colour("charts-red", "errorForeground"),
    down: contrast ? text : colour("charts-yellow", "editorWarning-foreground"),
    unusual: contrast ? text : colour("editorWarning-foreground", "charts-yellow"),
    action: mixed(text, contrast ? 100 : 55),
    width: contrast ? 2.5 : 1.75,
    family,
    font: `${11 * devicePixelRatio}px ${family}`,
  };
}

function mixed(colour: string, percent: number): string {
  return `color-mix(in srgb, ${colour} ${percent}%, transparent)`;
}
