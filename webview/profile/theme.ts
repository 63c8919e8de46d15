import type { MemorySeries } from "../../src/engine/protocol/profilePage.ts";
import { type BaseTheme, readVariables } from "../shared/theme.ts";

/** Colours of the lines; in high contrast all are the text's, and their dashes tell them apart. */
export interface ProfileTheme extends BaseTheme {
  readonly lines: Readonly<Record<MemorySeries, string>>;
}

export function readTheme(): ProfileTheme {
  const { isHighContrast, base, colour } = readVariables();
  const plain = (name: string): string => (isHighContrast ? base.text : colour(name, "charts-foreground"));
  return {
    ...base,
    lines: {
      rss: plain("charts-blue"),
      pss: plain("charts-purple"),
      heapUsed: plain("charts-green"),
      heapTotal: plain("charts-foreground"),
      external: plain("charts-orange"),
      swap: plain("charts-red"),
    },
  };
}
