/** What every picture takes from the editor's theme. */
export interface BaseTheme {
  readonly text: string;
  readonly background: string;
  readonly grid: string;
  /** Of a line, in pixels. */
  readonly width: number;
  readonly family: string;
  /** For a canvas, whose pixels are the screen's. */
  readonly font: string;
}

/** The theme's variables as they are now. */
export interface ThemeVariables {
  readonly isHighContrast: boolean;
  readonly base: BaseTheme;
  /** The first of these that the theme has, else the colour of text. Names without `--vscode-`. */
  readonly colour: (...names: readonly string[]) => string;
}

export function readVariables(): ThemeVariables {
  const style = getComputedStyle(document.documentElement);
  const colour = (...names: readonly string[]): string =>
    opaque(
      names.map((name) => style.getPropertyValue(`--vscode-${name}`).trim()).find((value) => value !== "") ??
        getComputedStyle(document.body).color,
    );
  const isHighContrast = /high-contrast/.test(document.body.className);
  const text = colour("foreground", "editor-foreground");
  const family = style.getPropertyValue("--vscode-font-family") || "sans-serif";
  return {
    isHighContrast,
    base: {
      text,
      background: colour("editor-background"),
      grid: mixed(text, isHighContrast ? 30 : 14),
      width: isHighContrast ? 2.5 : 1.75,
      family,
      font: `${11 * devicePixelRatio}px ${family}`,
    },
    colour,
  };
}

/** A line is thin: a theme's `charts.orange`, which is made to lie behind text, would hardly be seen. */
function opaque(colour: string): string {
  return `rgb(from ${colour} r g b / 1)`;
}

/** Hex with an alpha of its own would be doubled: mixed by the browser, whatever form the theme's colour has. */
export function mixed(colour: string, percent: number): string {
  return `color-mix(in srgb, ${colour} ${percent}%, transparent)`;
}
