import { type BaseTheme, mixed, readVariables } from "../shared/theme.ts";

export interface ParetoTheme extends BaseTheme {
  readonly isHighContrast: boolean;
  readonly point: string;
  /** Of a line among hundreds. */
  readonly line: string;
  /** Of what lies outside the ranges. */
  readonly outside: string;
  readonly pick: string;
  readonly knee: string;
  readonly current: string;
  /** Around what is chosen or read. */
  readonly ring: string;
  readonly brush: string;
}

export function readTheme(): ParetoTheme {
  const { isHighContrast, base, colour } = readVariables();
  const point = colour("charts-blue", "charts-foreground");
  const ring = colour("focusBorder", "foreground");
  return {
    ...base,
    ...{ isHighContrast, point, ring },
    line: mixed(point, isHighContrast ? 60 : 35),
    outside: mixed(base.text, isHighContrast ? 25 : 12),
    pick: colour("charts-orange", "foreground"),
    knee: colour("charts-purple", "foreground"),
    current: colour("charts-green", "foreground"),
    brush: mixed(ring, 30),
  };
}
