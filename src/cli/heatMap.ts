import type { Line } from "./lines.ts";

const SHADES = ["·", "░", "▒", "▓", "█"] as const;
const WEEKDAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"] as const;
const HOURS = 24;
/** Label and two cells an hour. */
const WIDE = 5 + 2 * HOURS;

/**
 * Weekdays by hours in five shades from the least to the greatest, blank where nothing was measured; two cells an hour
 * where there is room.
 * @param values 7 × 24 from Monday on
 * @throws RangeError for another number of values
 */
export function heatMapLines(
  values: readonly (number | null)[],
  figure: (value: number) => string,
  width: number | null,
): Line[] {
  if (values.length !== WEEKDAYS.length * HOURS)
    throw new RangeError(`values must be ${WEEKDAYS.length * HOURS}, got ${values.length}`);
  const known = values.filter((value) => value !== null);
  const least = Math.min(...known);
  const greatest = Math.max(...known);
  const cells = width !== null && width < WIDE ? 1 : 2;
  const shade = (value: number | null): string => {
    if (value === null) return " ";
    const share = greatest > least ? (value - least) / (greatest - least) : 0.5;
    return SHADES[Math.min(SHADES.length - 1, Math.floor(share * SHADES.length))] ?? SHADES[0];
  };
  const ruler = [0, 6, 12, 18].map((hour) => String(hour).padEnd(6 * cells)).join("");
  return [
    [{ text: `     ${ruler}`, tone: "faint" }],
    ...WEEKDAYS.map((name, day): Line => [
      { text: `${name}  `, tone: "faint" },
      values
        .slice(day * HOURS, (day + 1) * HOURS)
        .map((value) => shade(value).repeat(cells))
        .join(""),
    ]),
    [
      {
        text: known.length === 0 ? "" : `${SHADES[0]} ${figure(least)} … ${SHADES.at(-1)} ${figure(greatest)}`,
        tone: "faint",
      },
    ],
  ];
}
