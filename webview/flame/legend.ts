import { clean, element } from "../shared/elements.ts";
import { type Colouring, packageRanks } from "./colours.ts";
import { shareText } from "./figures.ts";
import type { Scene } from "./scene.ts";
import type { FlameTheme } from "./theme.ts";

/** Packages named; the rest share the same colours and are found in the details. */
const MAX_NAMED = 8;

/** What the colours mean, in words beside each. */
export class Legend {
  readonly element = element("ul", { className: "colours" });

  constructor() {
    this.element.setAttribute("aria-label", "What the colours mean");
  }

  show(scene: Scene, colouring: Colouring, theme: FlameTheme): void {
    const entries = entriesOf(scene, colouring, theme);
    this.element.replaceChildren(
      ...entries.map(([fill, text]) => {
        const swatch = element("span", { className: "colour" });
        swatch.style.backgroundColor = fill;
        swatch.setAttribute("aria-hidden", "true");
        return element("li", {}, swatch, element("span", { text }));
      }),
    );
  }
}

function entriesOf(scene: Scene, colouring: Colouring, theme: FlameTheme): (readonly [string, string])[] {
  const { change, heat, packages } = theme;
  if (colouring === "change")
    return [
      [change[0] ?? "", "a smaller share than before"],
      [change[(change.length - 1) / 2] ?? "", "the same"],
      [change.at(-1) ?? "", "a larger share"],
    ];
  if (colouring === "self")
    return [
      [heat[0] ?? "", "does little itself"],
      [heat[Math.floor(heat.length / 2)] ?? "", "a quarter of the hottest"],
      [heat.at(-1) ?? "", "the hottest function"],
    ];
  const { order, self } = packageRanks(scene);
  if (scene.isGrouped) {
    const used = new Set(scene.packages.of);
    return order
      .filter((its) => used.has(its))
      .map((its) => [packages[its % packages.length] ?? "", clean(scene.packages.names[its] ?? "", 40)] as const);
  }
  return order.slice(0, MAX_NAMED).map((its, rank) => {
    const name = clean(scene.packages.names[its] ?? "", 40);
    return [packages[rank % packages.length] ?? "", `${name} ${shareText(self[its] ?? 0, scene.tree.all)}`] as const;
  });
}
