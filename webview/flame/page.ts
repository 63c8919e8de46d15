import { rowsOf } from "../../src/profiler/flame/layout.ts";
import { type Found, search } from "../../src/profiler/flame/search.ts";
import type { Profile } from "../../src/profiler/profile.ts";
import { countText } from "../../src/text/figures.ts";
import { clean, element, setText } from "../shared/elements.ts";
import { button, TableToggle } from "../shared/pageParts.ts";
import { FLAME_MODE, type PageMode, type PageTable } from "./mode.ts";
import { type Colouring, COLOURINGS, colourNumbers, fillsOf } from "./colours.ts";
import { Choice } from "./choice.ts";
import { Details } from "./details.ts";
import { changeText, nameOf, shareText } from "./figures.ts";
import { Legend } from "./legend.ts";
import { Minimap } from "./minimap.ts";
import { type FrameGroups, type Order, ORDERS, type Picture, Scene, type Width, WIDTHS } from "./scene.ts";
import { inSightText } from "./sentence.ts";
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
/** Nothing is searched while somebody types on. */
const TYPING_MS = 120;
const KEYS =
  "Arrows walk through the boxes, Enter zooms to one, Escape back. W and S zoom, A and D move, Home, End and 0 go to the begin, the end and the whole. / searches, T shows the table.";

/** The page's elements, made once. */
export class FlamePage {
  readonly #actions: PageActions;
  readonly #mode: PageMode;
  readonly #title = element("span", { className: "when" });
  readonly #message = element("p", { className: "link" });
  readonly #order: Choice<Order>;
  readonly #colouring: Choice<Colouring>;
  readonly #width = new Choice("Widths", WIDTHS, WIDTH_TEXTS, () => this.#find());
  readonly #search = element("input");
  readonly #found = element("span", { className: "found" });
  readonly #say = element("p", { className: "say" });
  readonly #read = element("p", { className: "read" });
  readonly #note = element("p", { className: "say note" });
  readonly #said = element("p", { className: "said" });
  readonly #spoken = element("p", { className: "spoken" });
  readonly #loaded: HTMLElement;
  readonly #viewport = new Viewport();
  readonly #minimap: Minimap;
  readonly #stage: Stage;
  readonly #legend = new Legend();
  readonly #details: Details;
  readonly #table: PageTable;
  readonly #toggle: TableToggle;
  readonly #export: HTMLButtonElement;
  #theme = readTheme();
  #view: View;
  #scene: Scene | null = null;
  #picture: Picture | null = null;
  #frame = -1;
  #words: Found | null = null;
  #typing: ReturnType<typeof setTimeout> | undefined;

  /** @param mode what it shows: a profile, unless another is named */
  constructor(root: HTMLElement, view: View, actions: PageActions, mode: PageMode = FLAME_MODE) {
    this.#view = view;
    this.#actions = actions;
    this.#mode = mode;
    const { words } = mode;
    this.#order = new Choice("Order", ORDERS, words.orders, (order) => this.#setView({ order }));
    this.#colouring = new Choice("Colours", COLOURINGS, words.colours, (colouring) => this.#setView({ colouring }));
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
    this.#export = button("Export…", actions.export);
    this.#message.setAttribute("role", "status");
    this.#said.setAttribute("role", "status");
    this.#spoken.setAttribute("aria-live", "polite");
    this.#found.setAttribute("role", "status");
    this.#search.type = "search";
    this.#search.placeholder = "Search (/)";
    this.#search.setAttribute("aria-label", words.search);
    this.#search.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#find(), TYPING_MS);
    });
    this.#search.addEventListener("keydown", (event) => this.#searchKey(event));
    const header = element(
      "header",
      {},
      ...[element("h1", { text: words.title }), this.#title, ...mode.header, this.#toggle.button, this.#export],
    );
    const controls = element(
      "div",
      { className: "controls" },
      ...[this.#order.element, this.#colouring.element, this.#width.element, this.#search, this.#found],
    );
    const keys = element("p", { className: "when keys", text: KEYS });
    keys.id = "flame-keys";
    this.#stage.element.setAttribute("aria-describedby", keys.id);
    this.#loaded = element(
      "div",
      { className: "flame" },
      ...[controls, this.#minimap.element, this.#stage.element, this.#read, this.#legend.element],
      ...[this.#say, this.#note, this.#details.element, keys, this.#table.element],
    );
    root.replaceChildren(header, element("main", {}, this.#message, this.#said, this.#loaded, this.#spoken));
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
    this.#loaded.hidden = true;
    this.#export.hidden = true;
    this.#toggle.button.hidden = true;
    this.#message.hidden = false;
    setText(this.#message, clean(text, 600));
  }

  say(text: string): void {
    setText(this.#said, clean(text, 600));
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
    setText(this.#title, `${clean(scene.name, 160)}${compared}`);
    if (tree.all + (before?.all ?? 0) <= 0) {
      this.wait(`${clean(scene.name, 160)} has no samples in which something ran, so there is nothing to draw.`);
      return;
    }
    this.#message.hidden = true;
    this.#loaded.hidden = false;
    this.#export.hidden = false;
    this.#toggle.button.hidden = false;
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
    const [base] = this.#stage.canvases;
    if (base === undefined) return "";
    const whole = element("canvas");
    whole.width = base.width;
    whole.height = base.height;
    const context = whole.getContext("2d");
    if (context === null) return "";
    context.fillStyle = this.#theme.background;
    context.fillRect(0, 0, whole.width, whole.height);
    for (const canvas of this.#stage.canvases) context.drawImage(canvas, 0, 0);
    return whole.toDataURL("image/png").replace(/^data:image\/png;base64,/, "");
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
    if (scene === null || this.#loaded.hidden) return;
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
    setText(this.#note, picture.note);
    this.#note.hidden = picture.note === "";
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
    setText(this.#say, `${this.#mode.sentence(scene, rows)}${inSightText(scene, inSight)}`);
    this.#stage.element.setAttribute("aria-label", `${this.#mode.words.picture} ${clean(scene.name, 100)}`);
  }

  #select(box: number): void {
    const [scene, picture] = [this.#scene, this.#picture];
    if (scene === null || picture === null) return;
    if (box < 0) {
      this.#details.none();
      setText(this.#spoken, "Nothing is selected.");
      return;
    }
    setText(this.#spoken, this.#details.show(scene, picture, picture.layout.node[box] as number));
  }

  #hover(box: number): void {
    const [scene, picture] = [this.#scene, this.#picture];
    if (scene === null || picture === null) return;
    if (box < 0) {
      setText(this.#read, "");
      return;
    }
    const node = picture.layout.node[box] as number;
    const frame = picture.tree.nodeFrame[node] as number;
    const total = picture.tree.total[node] as number;
    const { unit } = scene;
    const change = picture.change === null ? "" : ` · ${changeText(picture.change[node] as number)} of the whole`;
    const self = this.#mode.words.weight(picture.tree.self[node] as number, unit);
    setText(
      this.#read,
      `${nameOf(scene.frames[frame]).slice(0, 120)} · ${this.#mode.words.weight(total, unit)} (${shareText(total, picture.all)}), itself ${self}${change}`,
    );
  }

  #find(): void {
    const scene = this.#scene;
    if (scene === null) return;
    const tree = scene.treeOf(this.#width.value);
    this.#words = search(this.#search.value, scene.frames, tree);
    const found = this.#words;
    setText(
      this.#found,
      found === null
        ? ""
        : `${countText(found.frames, this.#mode.words.noun)} · ${this.#mode.words.weight(found.total, scene.unit)} · ${shareText(found.total, tree.all)}`,
    );
    this.#draw();
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.key === "Escape") {
      this.#search.value = "";
      this.#find();
      this.#stage.element.focus();
    } else if (event.key === "Enter") {
      clearTimeout(this.#typing);
      this.#find();
      this.#nextMatch(event.shiftKey ? -1 : 1);
    } else return;
    event.preventDefault();
  }

  #nextMatch(step: 1 | -1): void {
    const [picture, match] = [this.#picture, this.#words?.match];
    if (picture === null || match === undefined) return;
    const { node } = picture.layout;
    const boxes = node.length;
    const from = this.#stage.selected < 0 ? (step > 0 ? -1 : boxes) : this.#stage.selected;
    for (let tried = 1; tried <= boxes; tried++) {
      const box = (from + step * tried + 2 * boxes) % boxes;
      if (match[picture.tree.nodeFrame[node[box] as number] as number] !== 1) continue;
      this.#stage.go(box);
      return;
    }
  }

  #key(key: "copy" | "open" | "sandwich" | "search"): void {
    if (key === "search") {
      this.#search.focus();
      this.#search.select();
    } else this.#details[key]();
  }
}
