import { element } from "../shared/elements.ts";

const MARKS = [
  ["◆", "now", "current"],
  ["▲", "knee: past it a gain in one aim costs most in others", "knee"],
  ["●", "your pick, by the weights", "pick"],
  ["○", "chosen", "ring"],
] as const;

/** What each mark means; shapes tell them apart where colours are alike. */
export function legend(): HTMLElement {
  return element(
    "ul",
    { className: "marks" },
    ...MARKS.map(([mark, text, kind]) =>
      element("li", {}, element("span", { className: `mark ${kind}`, text: mark }), element("span", { text })),
    ),
  );
}
