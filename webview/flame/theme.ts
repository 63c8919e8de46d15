import { type BaseTheme, readVariables } from "../shared/theme.ts";

export interface FlameTheme extends BaseTheme {
  readonly isHighContrast: boolean;
  /** Of names in boxes. */
  readonly codeFont: string;
  /** Around every box; `null` where its colour is enough. */
  readonly edge: string | null;
  readonly label: string;
  readonly packages: readonly string[];
  /** From cold to hot. */
  readonly heat: readonly string[];
  /** From much less over equal to much more. */
  readonly change: readonly string[];
  readonly match: string;
  readonly matchLabel: string;
  /** Of the selected box. */
  readonly focus: string;
}

/** Few enough to be told from each other, many enough for the packages of a program. */
export const PACKAGE_COLOURS = 12;
export const HEAT_COLOURS = 9;
/** Odd: the middle one means no change. */
export const CHANGE_COLOURS = 11;

type Kind = "dark" | "light" | "contrastDark" | "contrastLight";

/** Saturation and lightness of a box, such that its label is read on it (at least 4.5 to 1). */
const BOX: Readonly<Record<Kind, { readonly s: number; readonly l: number; readonly label: string }>> = {
  dark: { s: 38, l: 31, label: "#ffffff" },
  light: { s: 60, l: 82, label: "#1b1b1b" },
  contrastDark: { s: 70, l: 17, label: "#ffffff" },
  contrastLight: { s: 70, l: 91, label: "#000000" },
};

export function readTheme(): FlameTheme {
  const { isHighContrast, base, colour } = readVariables();
  const classes = document.body.classList;
  const isLight = classes.contains("vscode-light") || classes.contains("vscode-high-contrast-light");
  const kind: Kind = isHighContrast ? (isLight ? "contrastLight" : "contrastDark") : isLight ? "light" : "dark";
  const { s, l, label } = BOX[kind];
  const hsl = (h: number, saturation: number, lightness: number): string =>
    `hsl(${Math.round(h)} ${Math.round(saturation)}% ${Math.round(lightness)}%)`;
  const between = (count: number, make: (ratio: number) => string): string[] =>
    Array.from({ length: count }, (_, n) => make(n / (count - 1)));
  const style = getComputedStyle(document.documentElement);
  const family = style.getPropertyValue("--vscode-editor-font-family") || "monospace";
  return {
    ...{ ...base, isHighContrast, label },
    codeFont: `11px ${family}, monospace`,
    edge: isHighContrast ? colour("contrastBorder", "foreground") : null,
    // Steps of five twelfths of the circle: neighbours in the list are far from each other.
    packages: Array.from({ length: PACKAGE_COLOURS }, (_, n) =>
      hsl((205 + n * 150) % 360, n % 2 === 0 ? s : s * 0.7, l),
    ),
    heat: between(HEAT_COLOURS, (ratio) => hsl(215 - 205 * ratio, s * (0.25 + 1.1 * ratio), l)),
    change: between(CHANGE_COLOURS, (ratio) =>
      hsl(ratio < 0.5 ? 215 : 8, Math.min(95, 190 * Math.abs(ratio - 0.5)) * (s / 60), l),
    ),
    match: "hsl(48 95% 55%)",
    matchLabel: "#000000",
    focus: colour("contrastActiveBorder", "focusBorder", "foreground"),
  };
}

/** The theme, anew whenever the editor has changed it: it puts its variables on the root and its kind on the body. */
export function followTheme(changed: (theme: FlameTheme) => void): void {
  const themed = new MutationObserver(() => changed(readTheme()));
  themed.observe(document.body, { attributes: true, attributeFilter: ["class", "data-vscode-theme-id"] });
  themed.observe(document.documentElement, { attributes: true, attributeFilter: ["style"] });
}
