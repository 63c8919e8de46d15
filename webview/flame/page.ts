import { rowsOf } from "../../src/profiler/flame/layout.ts";
import { type Found, search } from "../../src/profiler/flame/search.ts";
import type { Profile } from "../../src/profiler/profile.ts";
import { clean } from "../shared/elements.ts";
import { TableToggle } from "../shared/pageParts.ts";
import { type Colouring, COLOURINGS, colourNumbers, fillsOf } from "./colours.ts";
import { Choice } from "./choice.ts";
import { Details } from "./details.ts";
import { changeText, nameOf } from "./figures.ts";
import { Legend } from "./legend.ts";
import { Minimap } from "./minimap.ts";
import { FLAME_MODE, type PageMode, type PageTable } from "./mode.ts";
import { type FrameGroups, type Order, ORDERS, type Picture, Scene, type Width, WIDTHS } from "./scene.ts";
import { boxSentence, inSightText } from "./sentence.ts";
import { PageFrame } from "./pageFrame.ts";
import { pngOf } from "./pagePicture.ts";
import { nextFound, SearchField } from "./searchField.ts";
import { Stage } from "./stage.ts";
import { followTheme, readTheme } from "./theme.ts";
import { Viewport } from "./viewport.ts";

/** What is shown; it is given back after a reload of the window. */
export interface View {
  /** `null`: what suits the profile. */
  readonly order: Order | null;
  readonly colouring: Colouring | null;
  readonly table: boolean;
}

export interface PageActions {
  readonly copy: (text: string) => void;
  readonly open: (place: {
    readonly file: string;
    readonly line: number | null;
    readonly column: number | null;
  }) => void;
  readonly export: () => void;
  readonly viewed: (view: View) => void;
}

const WIDTH_TEXTS: Readonly<Record<Width, string>> = { after: "After", before: "Before" };

/** What is shown of a profile, and how its parts act on one another. */
export class FlamePage {
  readonly #actions: PageActions;
  readonly #mode: PageMode;
  readonly #order: Choice<Order>;
  readonly #colouring: Choice<Colouring>;
  readonly #width = new Choice("Widths", WIDTHS, WIDTH_TEXTS, () => this.#find());
  readonly #search: SearchField;
  readonly #texts: PageFrame;
  readonly #viewport = new Viewport();
  readonly #minimap: Minimap;
  readonly #stage: Stage;
  readonly #legend = new Legend();
  readonly #details: Details;
  readonly #table: PageTable;
  readonly #toggle: TableToggle;
  #theme = readTheme();
  #view: View;
  #scene: Scene | null = null;
  #picture: Picture | null = null;
  #frame = -1;
  #words: Found | null = null;

  /** @param mode what it shows: a profile, unless another is named */
  constructor(root: HTMLElement, view: View, actions: PageActions, mode: PageMode = FLAME_MODE) {
    this.#mode = mode;
    const { words } = mode;
    this.#order = new Choice("Order", ORDERS, words.orders, (order) => this.#setView({ order }));
    this.#colouring = new Choice("Colours", COLOURINGS, words.colours, (colouring) => this.#setView({ colouring }));
    this.#view = view;
    this.#actions = actions;
    this.#minimap = new Minimap(this.#viewport, this.#theme, (from, to) => {
      this.#viewport.show(from, to);
      this.#stage.moved();
    });
    this.#stage = new Stage(this.#viewport, this.#theme, {
      select: (box) => this.#select(box),
      hover: (box) => this.#hover(box),
      moved: () => this.#moved(),
      key: (key) => this.#key(key),
    });
    this.#details = new Details(
      {
        copy: actions.copy,
        open: (frame) => {
          const { file = null, line = null, column = null } = this.#scene?.frames[frame] ?? {};
          if (file !== null) actions.open({ file, line, column });
        },
        sandwich: (frame) => this.sandwich(frame),
      },
      words,
    );
    this.#table = mode.table((frame) => this.sandwich(frame));
    this.#toggle = new TableToggle(this.#table.element, () => this.#setView({ table: !this.#view.table }));
    this.#search = new SearchField(
      {
        find: () => this.#find(),
        next: (step) => this.#nextMatch(step),
        leave: () => this.#stage.element.focus(),
      },
      words,
    );
    this.#texts = new PageFrame(
      root,
      {
        ...{ title: words.title, header: mode.header, toggle: this.#toggle.button },
        controls: [
          ...[this.#order.element, this.#colouring.element, this.#width.element],
          ...[this.#search.input, this.#search.found],
        ],
        ...{ minimap: this.#minimap.element, stage: this.#stage.element, legend: this.#legend.element },
        ...{ details: this.#details.element, table: this.#table.element },
      },
      actions.export,
    );
    this.#toggle.show(view.table);
    this.wait(words.waiting);
    followTheme((theme) => {
      this.#theme = theme;
      this.#draw();
    });
  }

  get view(): View {
    return this.#view;
  }

  /** There is no picture now, and this is why. */
  wait(text: string): void {
    this.#texts.wait(text);
  }

  say(text: string): void {
    this.#texts.said(text);
  }

  /** @param groups colours of their own, in place of packages */
  show(profile: Profile, baseline: Profile | null, groups: FrameGroups | null = null): void {
    let scene: Scene;
    try {
      scene = new Scene(profile, baseline, groups);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.wait(`These profiles cannot be compared: ${error.message}.`);
      return;
    }
    this.#scene = scene;
    this.#picture = null;
    this.#frame = -1;
    this.#words = null;
    const { baselineName, tree, before } = scene;
    const compared = baselineName === null ? "" : `, compared with ${clean(baselineName, 120)}`;
    this.#texts.title(`${clean(scene.name, 160)}${compared}`);
    if (tree.all + (before?.all ?? 0) <= 0) {
      this.wait(`${clean(scene.name, 160)} has no samples in which something ran, so there is nothing to draw.`);
      return;
    }
    this.#texts.go();
    this.#draw();
    this.#find();
  }

  /** All that calls a function, and all it calls. */
  sandwich(frame: number): void {
    this.#frame = frame;
    this.#setView({ order: "sandwich" });
    this.#stage.element.focus();
  }

  /** The picture as it is, as base64 of a PNG. */
  png(): string {
    this.#stage.settle();
    return pngOf(this.#stage.canvases, this.#theme.background);
  }

  #setView(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    this.#actions.viewed(this.#view);
    this.#toggle.show(this.#view.table);
    this.#draw();
  }

  /** What can be shown of this profile: an order without times, a colour without a comparison are not. */
  #chosen(scene: Scene): { readonly order: Order; readonly colouring: Colouring } {
    const wanted = this.#view.order ?? (scene.isTimed ? "time" : "heavy");
    const isPossible = wanted === "time" ? scene.isTimed : wanted === "heavy" || this.#frame >= 0;
    const colouring = this.#view.colouring ?? (scene.before === null ? "package" : "change");
    return {
      order: isPossible ? wanted : scene.isTimed ? "time" : "heavy",
      colouring: colouring === "change" && scene.before === null ? "package" : colouring,
    };
  }

  #draw(): void {
    const scene = this.#scene;
    if (scene === null || this.#texts.isWaiting) return;
    const { order, colouring } = this.#chosen(scene);
    const width = this.#width.value;
    this.#order.show(order, { time: scene.isTimed, heavy: true, sandwich: this.#frame >= 0 });
    this.#colouring.show(colouring, { package: true, self: true, change: scene.before !== null });
    this.#width.element.hidden = scene.before === null;
    const picture = scene.picture(order, this.#frame, width);
    const isOther = picture !== this.#picture;
    this.#picture = picture;
    if (isOther) {
      const { layout } = picture;
      // A sandwich begins where its frame is in the middle.
      const top = layout.rootRow - Math.floor(this.#stage.rowsInSight / 2);
      this.#viewport.reset(layout.span, rowsOf(layout), layout.rootRow === 0 ? 0 : top);
      this.#details.none();
    }
    const names: string[] = [];
    const { change, tree } = picture;
    const labelOf = (node: number): string => {
      const frame = tree.nodeFrame[node] as number;
      const name = (names[frame] ??= nameOf(scene.frames[frame]));
      return change === null || colouring !== "change" ? name : `${name} ${changeText(change[node] as number)}`;
    };
    const painting = {
      ...{ picture, labelOf, colours: colourNumbers(colouring, scene, picture) },
      ...{ fills: fillsOf(colouring, this.#theme), match: this.#words?.match ?? null },
    };
    this.#stage.show(painting, this.#theme);
    this.#minimap.show(picture, this.#theme);
    this.#legend.show(scene, colouring, this.#theme);
    this.#texts.note(picture.note);
    this.#moved();
    // The picture first: rows and sentences may come a frame later.
    if (this.#view.table) requestAnimationFrame(() => setTimeout(() => this.#showTable()));
  }

  #showTable(): void {
    if (this.#scene !== null && this.#view.table) this.#table.show(this.#scene, this.#words?.match ?? null);
  }

  #moved(): void {
    const scene = this.#scene;
    if (scene === null) return;
    this.#minimap.moved();
    const { from, to, span, isWhole } = this.#viewport;
    const inSight =
      isWhole || this.#picture === null ? null : { from, to, span, isTime: this.#chosen(scene).order === "time" };
    const rows = this.#picture === null ? 0 : rowsOf(this.#picture.layout);
    this.#texts.sentence(`${this.#mode.sentence(scene, rows)}${inSightText(scene, inSight)}`);
    this.#stage.element.setAttribute("aria-label", `${this.#mode.words.picture} ${clean(scene.name, 100)}`);
  }

  #select(box: number): void {
    const [scene, picture] = [this.#scene, this.#picture];
    if (scene === null || picture === null) return;
    if (box < 0) {
      this.#details.none();
      this.#texts.speak("Nothing is selected.");
      return;
    }
    this.#texts.speak(this.#details.show(scene, picture, picture.layout.node[box] as number));
  }

  #hover(box: number): void {
    const [scene, picture] = [this.#scene, this.#picture];
    if (scene === null || picture === null) return;
    this.#texts.read(
      box < 0 ? "" : boxSentence(scene, picture, picture.layout.node[box] as number, this.#mode.words.weight),
    );
  }

  #find(): void {
    const scene = this.#scene;
    if (scene === null) return;
    const tree = scene.treeOf(this.#width.value);
    this.#words = search(this.#search.text, scene.frames, tree);
    this.#search.tell(this.#words, scene.unit, tree.all);
    this.#draw();
  }

  #nextMatch(step: 1 | -1): void {
    const [picture, match] = [this.#picture, this.#words?.match];
    if (picture === null || match === undefined) return;
    const { node } = picture.layout;
    const isFound = (box: number): boolean => match[picture.tree.nodeFrame[node[box] as number] as number] === 1;
    const box = nextFound(this.#stage.selected, step, node.length, isFound);
    if (box >= 0) this.#stage.go(box);
  }

  #key(key: "copy" | "open" | "sandwich" | "search"): void {
    if (key === "search") this.#search.focus();
    else this.#details[key]();
  }
}
