import { type BaseTheme, mixed, readVariables } from "../shared/theme.ts";

/** Colours and widths of the chart, from the editor's own variables. */
export interface Theme extends BaseTheme {
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
}

export function readTheme(): Theme {
  const { isHighContrast, base, colour } = readVariables();
  const plain = (...names: readonly string[]): string => (isHighContrast ? base.text : colour(...names));
  const history = plain("charts-blue", "charts-foreground");
  const forecast = plain("charts-purple", "charts-foreground");
  const said = plain("charts-orange", "charts-foreground");
  return {
    ...base,
    history,
    imported: mixed(history, isHighContrast ? 100 : 65),
    forecast,
    band: mixed(forecast, isHighContrast ? 35 : 22),
    said,
    saidBand: mixed(said, isHighContrast ? 20 : 14),
    capacity: isHighContrast
      ? colour("contrastActiveBorder", "focusBorder")
      : colour("charts-green", "charts-foreground"),
    up: plain("charts-red", "errorForeground"),
    down: plain("charts-yellow", "editorWarning-foreground"),
    unusual: plain("editorWarning-foreground", "charts-yellow"),
    action: mixed(base.text, isHighContrast ? 100 : 55),
  };
}
