import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import {
  paretoPageMessage,
  type PageApplication,
  type PagePreview,
  type ParetoPageState,
} from "../../src/engine/protocol/paretoPage.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";
import { frontOf, full, optimization, T0 } from "./paretoStates.ts";

/** The page "Pareto" in a real browser. */

const found = full.optimization ?? optimization();
const ready: Extract<PagePreview, { readonly kind: "ready" }> = {
  ...{ solution: found.pick, kind: "ready", steps: 2, refusal: null },
  changes: ["demo: agents 4 → 9", "lanes: standard 3 → 8"],
  notes: ["Lanes are shared."],
};
const acting: PageApplication = {
  ...{
    kind: "known",
    id: "0190c6f2-7b1a-7000-8000-000000000001",
    isUndo: false,
    atMs: T0,
    state: "under way, step 2 of 2",
  },
  ...{ isOver: false, isWell: false, expected: "latency 6.2 s → 4.1 s (derived)", measured: [], undoRefusal: null },
  canStop: true,
  steps: [
    { text: "demo: agents 4 → 9", state: "confirmed" },
    { text: "lanes: standard 3 → 8", state: "setting" },
  ],
};

describe.skipIf(executablePath === null)("the page Pareto", () => {
  const fixture = pageFixture({
    title: "Pareto",
    script: "webview/pareto.ts",
    styles: ["media/page.css", "media/chart.css", "media/pareto.css"],
    atMs: T0,
  });
  const { sent, kept, post, text, theme } = fixture;
  let page: Page;
  let seq = 0;
  beforeEach(() => {
    page = fixture.page;
    seq = 0;
  });

  const show = (over: Partial<ParetoPageState> = {}): Promise<void> =>
    post({ type: "full", seq: ++seq, state: { ...full, ...over } });
  const update = (changes: Partial<ParetoPageState>): Promise<void> => post({ type: "update", seq: ++seq, changes });
  const press = (name: string): Promise<void> => page.getByRole("button", { name, exact: true }).click();
  const title = (): Promise<string> => page.locator(".details h2").innerText();
  const scatter = () => page.locator(".scatter");
  const parallel = () => page.locator(".parallel");
  const read = (): Promise<string | null> => scatter().getAttribute("aria-valuetext");
  /** Both canvases of both pictures as they are painted, once the next frame is over. */
  const painted = (): Promise<string[]> =>
    page.evaluate(async () => {
      await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      return [...document.querySelectorAll("canvas")].map((one) => one.toDataURL());
    });
  /** Pixels of a picture's canvas that nearly have this colour. */
  const pixels = (picture: string, layer: number, colour: readonly number[]): Promise<number> =>
    page.evaluate(
      async ([selector, index, wanted]) => {
        await new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
        const canvas = document.querySelectorAll(`${selector} canvas`)[index] as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
        let count = 0;
        for (let at = 0; at < data.length; at += 4)
          if (data[at + 3] === 255 && wanted.every((part, n) => Math.abs((data[at + n] ?? 0) - part) < 12)) count++;
        return count;
      },
      [picture, layer, colour] as const,
    );
  const weigh = (id: string, value: number): Promise<void> =>
    page.locator(`#weight-${id}`).evaluate((input: HTMLInputElement, to) => {
      input.value = String(to);
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }, value);

  it("asks for its state when it is loaded, and comes back as it was left", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
    await fixture.reopen({ swarmId: "demo", table: true, across: "minimizeCost", up: "magic" });
    page = fixture.page;
    expect(await sent()).toEqual([{ type: "choose", swarmId: "demo" }, { type: "ready" }]);
    await show();
    expect(await page.locator(".data").isVisible()).toBe(true);
    expect(await page.getByLabel("Across").inputValue()).toBe("minimizeCost");
    expect(await page.getByLabel("Up", { exact: true }).inputValue()).toBe("maximizeUtilization");
  });

  it("says what the front is, what it rests on, and how far the model was off", async () => {
    await show();
    const shown = await text();
    expect(shown).toContain("40 solutions, none better than another in every aim. Your pick: latency 6.2 s →");
    expect(shown).toContain("On measured waits the model was off by 18% (812 tasks).");
    expect(shown).toContain("Confidence 93%: the picks of 5 searches");
    expect(shown).toContain("derived from measured tasks");
  });

  it("draws every solution in both pictures, with the present, the knee and the pick marked", async () => {
    await theme("dark");
    await show();
    expect(await pixels(".scatter", 0, [0x37, 0x94, 0xff])).toBeGreaterThan(400);
    for (const picture of [".scatter", ".parallel"])
      for (const colour of [
        [0x89, 0xd1, 0x85],
        [0xb1, 0x80, 0xd7],
        [0xd1, 0x86, 0x16],
      ])
        expect(await pixels(picture, 1, colour), `${picture} ${colour.join()}`).toBeGreaterThan(20);
    // Where the present is not known, it is not drawn.
    await update({ optimization: optimization({ current: null }) });
    expect(await pixels(".scatter", 1, [0x89, 0xd1, 0x85])).toBe(0);
  });

  it("moves the pick live with the sliders, and says so when no weight is left", async () => {
    await show();
    const before = await title();
    await weigh("minimizeLatency", 100);
    for (const id of ["maximizeUtilization", "balanceLoad", "minimizeCost"]) await weigh(id, 0);
    expect(await title()).toBe("Solution 40 of 40: ● your pick");
    expect(before).not.toBe("Solution 40 of 40: ● your pick");
    expect(await text()).toContain("with 20 agents (derived)");
    expect((await sent()).at(-1)).toEqual({
      type: "wish",
      wish: {
        ...full.wish,
        weights: { minimizeLatency: 1, maximizeUtilization: 0, balanceLoad: 0, minimizeCost: 0 },
      },
    });
    const asked = (await sent()).length;
    await weigh("minimizeLatency", 0);
    expect(await text()).toContain("All weights are 0: give at least one aim more. The last pick stays.");
    expect(await title()).toBe("Solution 40 of 40: ● your pick");
    // What the engine would refuse is not asked for.
    const wishes = (await sent()).slice(asked).map((one) => JSON.stringify(one));
    expect(wishes.every((one) => one.includes('"minimizeLatency":1'))).toBe(true);
    await press("Usual weights");
    expect(await title()).toBe(before);
    expect((await sent()).at(-1)).toEqual({ type: "wish", wish: full.wish });
  });

  it("moves a slider by keyboard", async () => {
    await show();
    await page.locator("#weight-minimizeLatency").focus();
    await page.keyboard.press("End");
    expect(await page.locator("#weight-minimizeLatency").getAttribute("aria-valuetext")).toBe("59%");
    await page.keyboard.press("t");
    expect(await page.locator(".data").isVisible()).toBe(true);
  });

  it("reads and chooses a solution by pointer in either picture, and moves nothing while it reads", async () => {
    await show();
    const places = (): Promise<unknown> =>
      page.evaluate(() =>
        [...document.querySelectorAll("aside, .say, .details, .action")].map((one) => {
          const { x, y } = one.getBoundingClientRect();
          return [Math.round(x), Math.round(y + scrollY)];
        }),
      );
    const before = await places();
    const own = await read();
    const [first, marks] = await painted();
    const box = await scatter().boundingBox();
    if (box === null) throw new Error("no scatter");
    // The fastest solution, 20 agents: at the left end and at the bottom, both with a margin of 4% of the axis.
    const margin = 0.04 / 1.08;
    const [x, y] = [box.x + 58 + margin * (box.width - 74), box.y + box.height - 40 - margin * (box.height - 64)];
    await page.mouse.move(x, y);
    expect(await read()).not.toBe(own);
    const read40 = await read();
    expect(read40).toContain("Solution 40: Latency 2 s, Utilisation 22%");
    expect(await parallel().getAttribute("aria-valuetext")).toBe(read40);
    const [same, other, , otherParallel] = await painted();
    expect(same).toBe(first);
    expect(other).not.toBe(marks);
    expect(otherParallel).toBeTruthy();
    expect(await places()).toEqual(before);
    await page.mouse.click(x, y);
    expect(await title()).toBe("Solution 40 of 40: chosen by you");
    expect(await page.locator("[aria-live=polite]").textContent()).toContain("Chosen: solution 40");
    const wide = await parallel().boundingBox();
    if (wide === null) throw new Error("no parallel");
    // Between the first two axes, near the better end of latency.
    await page.mouse.click(wide.x + 46 + 20, wide.y + wide.height / 2);
    expect(await title()).not.toContain("Solution 40 of 40");
    expect(await title()).toContain("chosen by you");
  });

  it("moves along the front by keyboard, and chooses with Enter and Space", async () => {
    await show();
    await scatter().focus();
    await page.keyboard.press("Home");
    expect(await read()).toContain("Solution 40: Latency 2 s");
    await page.keyboard.press("ArrowRight");
    expect(await read()).toContain("Solution 39:");
    await page.keyboard.press("Shift+ArrowRight");
    expect(await read()).toContain("Solution 29:");
    expect(await title()).toContain("your pick");
    await page.keyboard.press("Enter");
    expect(await title()).toBe("Solution 29 of 40: chosen by you");
    await parallel().focus();
    await page.keyboard.press("End");
    await page.keyboard.press(" ");
    expect(await title()).toBe("Solution 1 of 40: chosen by you");
    // A slider goes back to the pick.
    await weigh("minimizeLatency", 31);
    expect(await title()).toContain("● your pick");
  });

  it("links both pictures by ranges drawn with the pointer on an axis, and clears them with a click and with Escape", async () => {
    await page.setViewportSize({ width: 1400, height: 900 });
    await theme("dark");
    await page.keyboard.press("t");
    await show();
    expect(await page.locator(".data tbody tr").count()).toBe(41);
    const blue = await pixels(".scatter", 0, [0x37, 0x94, 0xff]);
    const box = await parallel().boundingBox();
    if (box === null) throw new Error("no parallel");
    const axis = box.x + 46;
    const drag = async (from: number, to: number): Promise<void> => {
      await page.mouse.move(axis, box.y + from * box.height);
      await page.mouse.down();
      await page.mouse.move(axis, box.y + ((from + to) / 2) * box.height);
      await page.mouse.move(axis, box.y + to * box.height);
      await page.mouse.up();
    };
    await drag(0.05, 0.3);
    const said = await page.locator(".ranges-say").innerText();
    const left = Number(/^(\d+) of 40 solutions in the ranges/.exec(said)?.[1]);
    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThan(40);
    expect(await pixels(".scatter", 0, [0x37, 0x94, 0xff])).toBeLessThan(blue);
    expect(await page.locator(".data tbody tr").count()).toBe(1 + left);
    await page.mouse.click(axis, box.y + 0.8 * box.height);
    expect(await page.locator(".ranges-say").innerText()).toBe("");
    await drag(0.5, 0.9);
    expect(await page.locator(".ranges-say").innerText()).toContain("in the ranges");
    await page.keyboard.press("Escape");
    expect(await page.locator(".ranges-say").innerText()).toBe("");
    expect(await pixels(".scatter", 0, [0x37, 0x94, 0xff])).toBe(blue);
  });

  it("draws ranges by keyboard, and says when the pick lies outside", async () => {
    await show();
    await page.getByText("Ranges of the axes").focus();
    await page.keyboard.press("Enter");
    const most = page.getByLabel("Latency at most");
    await most.focus();
    for (let step = 0; step < 3; step++) await page.keyboard.press("PageDown");
    expect(await page.locator(".ranges-say").innerText()).toMatch(/^\d+ of 40 solutions in the ranges\./);
    await page.keyboard.press("Home");
    expect(await page.locator(".ranges-say").innerText()).toContain("Your pick lies outside them.");
    await press("Clear ranges");
    expect(await page.locator(".ranges-say").innerText()).toBe("");
    expect(await most.inputValue()).toBe("200");
  });

  it("takes other aims for the scatter, and remembers them", async () => {
    await show();
    const before = await painted();
    await page.getByLabel("Across").selectOption("minimizeCost");
    await page.getByLabel("Up", { exact: true }).selectOption("balanceLoad");
    const after = await painted();
    expect(after[0]).not.toBe(before[0]);
    expect(after[2]).toBe(before[2]);
    expect(await kept()).toMatchObject({ across: "minimizeCost", up: "balanceLoad" });
    await scatter().focus();
    await page.keyboard.press("Home");
    expect(await read()).toContain("Cost 0.60 EUR/h");
  });

  it("shows what a solution does, beside the present, lane by lane", async () => {
    await show();
    const details = await page.locator(".details").innerText();
    expect(details).toMatch(/Agents 4 → \d+ · memory limit of each 96 MB · CPU weight 100 \(the usual one\)/);
    expect(details).toMatch(/Latency \(lower is better\)\s+6\.2 s\s+[\d.]+ s\s+[+−]\d+% (?:better|worse)/);
    expect(details).toMatch(/standard\s+3 → \d+\s+3 → \d+\s+4\.2 s → /);
  });

  it("searches, tells how long it takes, and is given up", async () => {
    await show({ optimization: null });
    expect(await text()).toContain("Nothing was searched yet.");
    expect(await page.locator(".weights").isVisible()).toBe(false);
    await press("Search");
    expect((await sent()).at(-1)).toEqual({ type: "search" });
    await update({ run: { kind: "searching", sinceMs: T0 - 12_000 } });
    expect(await text()).toContain("Searching, for 12 s.");
    expect(await page.getByRole("progressbar").isVisible()).toBe(true);
    await press("Cancel search");
    expect((await sent()).at(-1)).toEqual({ type: "cancel" });
    await update({ run: { kind: "cancelled" } });
    expect(await text()).toContain("The search was cancelled, so there is nothing to show.");
    await update({ run: { kind: "searching", sinceMs: T0 } });
    await update({ run: { kind: "idle" }, optimization: found });
    expect(await page.locator("[aria-live=polite]").textContent()).toContain("40 solutions");
    expect(await page.getByRole("button", { name: "Search again" }).isEnabled()).toBe(true);
  });

  it("has options of the search folded away, keeps numbers within their bounds, and a budget where there are prices", async () => {
    await show();
    await page.getByText("Options of the search").click();
    await page.getByLabel("Solutions of a generation").fill("60");
    await page.getByLabel("Most for an hour, EUR").fill("2.5");
    await page.getByLabel("Generations").fill("50");
    await page.keyboard.press("Tab");
    const wish = { type: "wish", wish: { budgetPerHour: 2.5, population: 60, generations: 50 } };
    expect((await sent()).at(-1)).toMatchObject(wish);
    await page.getByLabel("Generations").fill("5000");
    await page.keyboard.press("Tab");
    expect((await sent()).at(-1)).toMatchObject(wish);
    expect(await page.locator(".wrong").innerText()).not.toBe("");
    await update({ optimization: optimization({ currency: null }) });
    expect(await page.locator("#budget").isVisible()).toBe(false);
    for (const message of await sent()) paretoPageMessage.parse(message);
  });

  it("says why nothing was found, keeps what was before, and tries again", async () => {
    await show({ run: { kind: "failed", text: "No allocation keeps every limit." } });
    expect(await page.getByRole("alert").first().innerText()).toBe(
      "Nothing was found: No allocation keeps every limit.",
    );
    expect(await scatter().isVisible()).toBe(true);
    await press("Try again");
    expect((await sent()).at(-1)).toEqual({ type: "search" });
    await update({ run: { kind: "idle" } });
    expect(await page.getByRole("button", { name: "Try again" }).count()).toBe(0);
  });

  it("says that the swarm is gone, that there is none, and that the engine cannot be reached", async () => {
    await show();
    await update({ link: { kind: "disconnected", text: "Connecting to the engine." } });
    expect(await page.getByRole("alert").first().innerText()).toContain("last known");
    expect(await page.locator(".old .scatter").count()).toBe(1);
    expect(await page.getByRole("button", { name: "Preview plan" }).isDisabled()).toBe(true);
    await show({ swarmId: null, optimization: null, gone: "docs", swarms: full.swarms.slice(1) });
    expect(await text()).toContain("The swarm docs is no longer there");
    await page.getByLabel("Swarm", { exact: true }).selectOption("demo");
    expect((await sent()).at(-1)).toEqual({ type: "choose", swarmId: "demo" });
    await update({ gone: null, swarms: [] });
    expect(await text()).toContain("No swarm is there to find an allocation for. Start the demo swarm");
  });

  it("previews the shown solution, says what would change and what forbids it, and applies only what was previewed", async () => {
    await show();
    const apply = page.getByRole("button", { name: "Apply…" });
    expect(await apply.isDisabled()).toBe(true);
    expect(await text()).toContain("Preview the plan first");
    await press("Preview plan");
    expect((await sent()).at(-1)).toEqual({ type: "preview", madeAtMs: found.madeAtMs, solution: found.pick });
    await update({ preview: { solution: found.pick, kind: "reading" } });
    expect(await text()).toContain("Reading what would change.");
    await update({ preview: ready });
    expect(await text()).toContain("2 values would change in 2 steps, each seen before the next:");
    expect(await page.locator(".changes li").allInnerTexts()).toEqual(ready.changes);
    expect(await text()).toContain("Lanes are shared.");
    await press("Apply…");
    expect((await sent()).at(-1)).toEqual({ type: "apply" });
    // Another solution is shown: that one was not previewed.
    await scatter().focus();
    await page.keyboard.press("Home");
    await page.keyboard.press("Enter");
    expect(await apply.isDisabled()).toBe(true);
    expect(await page.locator(".changes li").count()).toBe(0);
    await weigh("minimizeLatency", 30);
    await update({ preview: { ...ready, refusal: "An agent needs 90 MB." } });
    expect(await text()).toContain("It cannot be applied: An agent needs 90 MB.");
    expect(await apply.isDisabled()).toBe(true);
    await update({ preview: { ...ready, changes: [], steps: 0 } });
    expect(await text()).toContain("Nothing would change: everything is so already.");
    expect(await apply.isDisabled()).toBe(true);
    await update({ preview: { solution: found.pick, kind: "failed", text: "There is no swarm." } });
    expect(await text()).toContain("No preview: There is no swarm.");
  });

  it("looks but does not act in an untrusted window", async () => {
    await show({ untrusted: "This window is in Restricted Mode.", preview: ready });
    expect(await page.getByRole("button", { name: "Apply…" }).isDisabled()).toBe(true);
    expect(await page.getByRole("button", { name: "Preview plan" }).isEnabled()).toBe(true);
    expect(await text()).toContain("This window is in Restricted Mode.");
  });

  it("follows the steps of an allocation, takes it back, tells how it ended, and undoes it", async () => {
    await show({ application: { kind: "asked", isUndo: false } });
    expect(await page.locator(".outcome").innerText()).toBe("Applying.");
    await update({ application: acting, preview: ready });
    expect(await page.locator(".outcome").innerText()).toMatch(/^Allocation of .+: under way, step 2 of 2\.$/);
    expect(await page.locator(".steps li").allInnerTexts()).toEqual([
      "demo: agents 4 → 9 · confirmed",
      "lanes: standard 3 → 8 · setting",
    ]);
    expect(await page.getByRole("button", { name: "Apply…" }).isDisabled()).toBe(true);
    await press("Cancel and take back");
    expect((await sent()).at(-1)).toEqual({ type: "stop" });
    const over = {
      ...acting,
      isOver: true,
      isWell: true,
      canStop: false,
      state: "applied in 4 s",
      measured: ["demo: waiting p95 4 s → 1 s"],
    };
    await update({ application: over });
    expect(await page.locator("[aria-live=polite]").textContent()).toMatch(/^Allocation of .+: applied in 4 s\.$/);
    expect(await text()).toContain("Expected: latency 6.2 s → 4.1 s (derived)");
    expect(await text()).toContain("Measured: demo: waiting p95 4 s → 1 s");
    expect(await text()).toContain("An allocation was made since this search");
    await press("Undo…");
    expect((await sent()).at(-1)).toEqual({ type: "undo", allocationId: acting.id });
    await update({ application: { ...over, undoRefusal: "A later allocation has set the same things." } });
    expect(await page.getByRole("button", { name: "Undo…" }).count()).toBe(0);
    expect(await text()).toContain("It cannot be undone: A later allocation");
    await update({ application: { ...over, isWell: false, state: "rolled back: it got worse." } });
    expect(await page.locator(".outcome").innerText()).toMatch(/^Allocation of .+: rolled back: it got worse\.$/);
    expect(await page.getByRole("button", { name: "Undo…" }).count()).toBe(0);
    await update({ application: { kind: "failed", text: "Another allocation is under way." } });
    expect(await page.locator(".outcome").innerText()).toBe("Not done: Another allocation is under way.");
  });

  it("has the solutions as a table one key away, where each can be chosen", async () => {
    await show();
    await page.keyboard.press("t");
    expect(await text()).toContain("40 of 40 solutions, along the scatter's axis (derived).");
    expect(await page.locator(".data tbody tr").first().innerText()).toContain("◆ now");
    await page.getByRole("button", { name: "Choose solution 9", exact: true }).focus();
    await page.keyboard.press("Enter");
    expect(await title()).toBe("Solution 9 of 40: chosen by you");
    expect(await page.evaluate(() => document.activeElement?.getAttribute("aria-label"))).toBe("Choose solution 9");
    expect(await kept()).toMatchObject({ table: true });
    await page.keyboard.press("t");
    expect(await page.locator(".data").isVisible()).toBe(false);
  });

  it("stays fluid with 1,000 solutions: hovering, brushing and weighing", async () => {
    await show({ optimization: optimization({ front: frontOf(1_000) }) });
    /** Milliseconds from frame to frame while something happens in each of them. */
    const frames = (what: "hover" | "brush" | "weigh"): Promise<number[]> =>
      page.evaluate(async (kind) => {
        const took: number[] = [];
        const [left, right] = [".scatter", ".parallel"].map((one) => document.querySelector(one) as HTMLElement);
        const slider = document.querySelector("#weight-minimizeLatency") as HTMLInputElement;
        const range = document.querySelector(".ranges input") as HTMLInputElement;
        const next = (): Promise<number> => new Promise((resolve) => requestAnimationFrame(resolve));
        let before = await next();
        for (let step = 0; step < 60; step++) {
          const host = (step % 2 === 0 ? left : right) as HTMLElement;
          const box = host.getBoundingClientRect();
          const place = { clientX: box.x + 60 + step * 3, clientY: box.y + 60 + step * 2 };
          if (kind === "hover") host.dispatchEvent(new PointerEvent("pointermove", { ...place, bubbles: true }));
          const input = kind === "weigh" ? slider : range;
          if (kind !== "hover") {
            input.value = String(kind === "weigh" ? step : 2 * step);
            input.dispatchEvent(new Event("input", { bubbles: true }));
          }
          const now = await next();
          took.push(now - before);
          before = now;
        }
        return took.toSorted((a, b) => a - b);
      }, what);
    for (const what of ["hover", "brush", "weigh"] as const) {
      const took = await frames(what);
      const [median, p95] = [took[30] ?? Number.NaN, took[57] ?? Number.NaN];
      process.stdout.write(
        `1,000 solutions, ${what}: median ${median.toFixed(1)} ms, 95% ${p95.toFixed(1)} ms a frame\n`,
      );
      expect(median, what).toBeLessThan(50);
    }
    expect(await page.locator(".ranges-say").innerText()).toMatch(/of 1000 solutions in the ranges/);
  });

  it("is all reached with the Tab key, with a visible focus", async () => {
    await show({ preview: ready, application: { ...acting, isOver: true, isWell: true, canStop: false } });
    await page.getByText("Ranges of the axes").click();
    await page.getByText("Options of the search").click();
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    const reached: string[] = [];
    for (let step = 0; step < 40; step++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const one = document.activeElement as HTMLElement;
          const name = one.getAttribute("aria-label") ?? one.textContent ?? "";
          const lost = getComputedStyle(one).outlineStyle === "none" ? "NO FOCUS " : "";
          return `${lost}${one.tagName} ${one.id} ${name.slice(0, 24)}`;
        }),
      );
    }
    const parts = ["SELECT  Swarm", "BUTTON  Table", "SELECT axis-across", "DIV  Scatter", "DIV  All aims"];
    parts.push("SUMMARY  Ranges", "INPUT  Latency at least", "INPUT weight-minimizeCost", "BUTTON  Search again");
    parts.push("INPUT budget", "BUTTON  Preview plan", "BUTTON  Apply…", "BUTTON  Undo…");
    for (const part of parts)
      expect(
        reached.some((one) => one.startsWith(part)),
        `${part}: ${reached.join(" | ")}`,
      ).toBe(true);
    expect(reached.filter((one) => /^NO FOCUS (?!BODY)/.test(one))).toEqual([]);
  });

  it("runs and fetches nothing, whatever swarms are called", async () => {
    const all = hostileStrings.join(" ");
    await show({
      swarms: hostileStrings.map((label, index) => ({ id: `s${index}`, label, timeScale: 1 })),
      ...{ swarmId: "s0", run: { kind: "failed", text: all }, untrusted: all },
      preview: { ...ready, changes: [all], notes: [all], refusal: all },
      application: { ...acting, state: all, steps: [{ text: all, state: all }], expected: all, measured: [all] },
      optimization: optimization({
        currency: all,
        leftOut: [{ kind: all, lane: "standard", observations: 1 }],
        said: { waitError: all, aimsLeftOut: [all], current: all },
      }),
    });
    await page.keyboard.press("t");
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const shown = await page.evaluate(() => document.getElementById("page")?.textContent ?? "");
    expect(shown).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(shown)).toBe(false);
  });

  it("takes any message without an error", async () => {
    await show();
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "full" }, { type: "full", seq: 9, state: {} }];
    messages.push({ type: "update", seq: 2 }, { type: "update", seq: "2", changes: {} });
    for (const message of messages) await post(message);
    expect(await title()).toContain("of 40");
  });

  it.each(THEME_NAMES)("fits 400 px and wide panels in a %s theme", async (name) => {
    const long = "a-very-long-name-of-a-swarm-".repeat(6);
    await theme(name);
    await show({ preview: ready, application: acting });
    for (const width of [400, 1400]) await fixture.fits(`pareto-page-${name}`, width);
    await page.getByText("Ranges of the axes").click();
    await page.keyboard.press("t");
    await update({
      swarms: [{ id: "demo", label: long, timeScale: 240 }],
      preview: { ...ready, changes: [`${long}: agents 4 → 9`], notes: [`Lanes are shared: ${long}.`], refusal: long },
      run: { kind: "failed", text: `No allocation of ${long} keeps every limit.` },
    });
    await fixture.fits(`pareto-page-${name}-long`, 400);
    await update({ optimization: null });
    await fixture.fits(`pareto-page-${name}-failed`, 400);
  });

  it("moves nothing for those who asked for less motion", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await show({ run: { kind: "searching", sinceMs: T0 - 2_000 } });
    expect(await page.locator("progress").isVisible()).toBe(false);
    expect(await text()).toContain("for 2 s");
  });
});
