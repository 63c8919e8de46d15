import { type BaseTheme, mixed, readVariables } from "../shared/theme.ts";

export interface ScalingTheme extends BaseTheme {
  readonly load: string;
  readonly loadArea: string;
  /** Of policies, in the order of all there are. */
  readonly policies: readonly string[];
}

export function readTheme(): ScalingTheme {
  const { isHighContrast, base, colour } = readVariables();
  const load = isHighContrast ? base.text : colour("charts-blue", "charts-foreground");
  return {
    ...base,
    load: mixed(load, isHighContrast ? 70 : 60),
    loadArea: mixed(load, isHighContrast ? 25 : 16),
    // A theme of high contrast has chosen these to be told from its background, or leaves them out.
    policies: ["yellow", "orange", "purple", "green", "red"].map((name) => colour(`charts-${name}`, "foreground")),
  };
}
