import { bytesPerSecondText, bytesText, countText, numberText, ratioText } from "./figures.ts";

/** A figure with the unit of its series. `number`: a plain number; `agents`: how many of them. */
export function figureText(
  value: number | null,
  unit: "number" | "agents" | "cores" | "bytes" | "bytesPerSecond" | "ratio",
): string {
  switch (unit) {
    case "bytes":
      return bytesText(value);
    case "bytesPerSecond":
      return bytesPerSecondText(value);
    case "ratio":
      return ratioText(value);
    case "cores":
      return value === null ? numberText(null) : `${numberText(value)} cores`;
    case "agents":
      return value === null ? numberText(null) : countText(Number(numberText(value)), "agent");
    case "number":
      return numberText(value);
  }
}
