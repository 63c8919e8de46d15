import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import { flamePageMessage } from "../../src/engine/protocol/flamePage.ts";
import { type Profile, ProfileBuilder } from "../../src/profiler/profile.ts";
import { piecesOfProfiles } from "../../src/views/flame/pieces.ts";
import { deepProfile, profileOf } from "../profiler/flame/profiles.ts";
import { hostileStrings, unprintable } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";

/** The page "Flame" in a real browser. */

const first = profileOf([
  ["main;parse;scan", 300_000],
  ["main;parse", 100_000],
  ["main;render;paint", 400_000],
  ["", 50_000],
  ["main;parse;scan", 150_000],
  ["idleLoop", 50_000],
]);
const second = profileOf([
  ["main;parse;scan", 100_000],
  ["main;render;paint", 800_000],
  ["main;render;layout", 100_000],
]);

describe.skipIf(executablePath === null)("the page Flame", () => {
  const fixture = pageFixture({
    title: "Flame",
    script: "webview/flame.ts",
    styles: ["media/page.css", "media/chart.css", "media/flame.css"],
  });
  const { sent, kept, post, text, theme } = fixture;
  let page: Page;
  let id = 0;
  beforeEach(() => {
    page = fixture.page;
  });

  /** Typed arrays through the browser's driver: as lists, and made anew on the page's side. */
  async function show(...profiles: readonly Profile[]): Promise<void> {
    for (const message of piecesOfProfiles(++id, profiles)) {
      if (message.type !== "column") {
        await post(message);
        continue;
      }
      const { values, ...rest } = message;
      const isInt = values instanceof Int32Array;
      await page.evaluate(
        ([rest, numbers, isInt]) => {
          const values = isInt ? Int32Array.from(numbers) : Float64Array.from(numbers);
          window.postMessage({ ...rest, values });
        },
        [rest, [...values], isInt] as const,
      );
    }
    await settled();
  }
  const settled = (): Promise<unknown> =>
    page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve, 0))));
  const stage = () => page.getByRole("application");
  const heading = (): Promise<string> => page.locator(".details h2").innerText();
  const spoken = (): Promise<string | null> => page.locator("[aria-live]").textContent();
  /** Clicks into the picture: `x` as a ratio of its width, `row` from 0. */
  async function click(x: number, row: number): Promise<void> {
    const box = await stage().boundingBox();
    if (box === null) throw new Error("no picture");
    await page.mouse.click(box.x + 1 + x * (box.width - 2), box.y + 1 + row * 18 + 9);
  }
  /** How many pixels of the picture have a colour at all. */
  const painted = (): Promise<number> =>
    page.evaluate(() => {
      const canvas = document.querySelector(".stage canvas") as HTMLCanvasElement;
      const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
      let count = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) count++;
      return count;
    });

  it("asks for its profile when it is loaded, and says that it is read", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
    expect(await text()).toContain("Reading the profile…");
    expect(await stage().isVisible()).toBe(false);
  });

  it("draws the samples in the order of time, and says what they are", async () => {
    await theme("dark");
    await show(first);
    expect(await text()).toContain("1 s in 6 samples of 6 functions, up to 3 calls deep.");
    expect(await page.getByLabel("Order").inputValue()).toBe("time");
    // Three rows of 18 px: main and idleLoop, parse and render, scan and paint, over most of the width.
    const { width } = (await stage().boundingBox()) ?? { width: 0 };
    const full = width * 17;
    expect(await painted()).toBeGreaterThan(2.2 * full);
    expect(await painted()).toBeLessThan(3 * full);
    await click(0.1, 2);
    expect(await heading()).toBe("scan");
    const details = await page.locator(".details").innerText();
    expect(details).toContain("/w/scan.js:1");
    expect(details).toMatch(/Total of this call\s+450 ms · 45%/);
    expect(details).toMatch(/Self, all calls\s+450 ms · 45%/);
    expect(await page.locator(".callers li").allInnerTexts()).toEqual(["parse · /w/parse.js:1", "main · /w/main.js:1"]);
    expect(await spoken()).toBe("scan, 450 ms, 45% of all, itself 450 ms, /w/scan.js:1");
  });

  it("lays the heaviest first, and finds callers and callees of one function", async () => {
    await show(first);
    await page.getByLabel("Order").selectOption("heavy");
    await settled();
    expect(await kept()).toMatchObject({ order: "heavy" });
    await click(0.7, 1);
    expect(await heading()).toBe("render");
    await click(0.3, 1);
    expect(await heading()).toBe("parse");
    expect(await page.locator(".details").innerText()).toMatch(/Self of this call\s+100 ms · 10%/);
    await page.keyboard.press("x");
    await stage().focus();
    await page.keyboard.press("x");
    await settled();
    expect(await page.getByLabel("Order").inputValue()).toBe("sandwich");
    await page.keyboard.press("ArrowDown");
    expect(await spoken()).toContain("parse, 550 ms, 55% of all");
    await page.keyboard.press("ArrowDown");
    expect(await spoken()).toContain("scan, 450 ms");
    await page.keyboard.press("ArrowUp");
    await page.keyboard.press("ArrowUp");
    expect(await spoken()).toContain("main, 550 ms");
  });

  it("walks, zooms and pans with keys alone, and comes back with Escape", async () => {
    await show(first);
    await stage().focus();
    await page.keyboard.press("ArrowDown");
    expect(await heading()).toBe("main");
    await page.keyboard.press("ArrowDown");
    expect(await heading()).toBe("parse");
    await page.keyboard.press("ArrowRight");
    expect(await heading()).toBe("render");
    await page.keyboard.press("Enter");
    expect(await text()).toContain("In sight: 400 ms to 800 ms.");
    await page.keyboard.press("ArrowDown");
    expect(await heading()).toBe("paint");
    await page.keyboard.press("Home");
    expect(await text()).toContain("In sight: 0 µs to 400 ms.");
    await page.keyboard.press("End");
    expect(await text()).toContain("In sight: 650 ms to 1.1 s.");
    await page.keyboard.press("0");
    expect(await text()).not.toContain("In sight");
    await page.keyboard.press("w");
    await page.keyboard.press("+");
    expect(await text()).toContain("In sight");
    const before = await text();
    await page.keyboard.press("a");
    expect(await text()).not.toBe(before);
    await page.keyboard.press("d");
    await page.keyboard.press("-");
    await page.keyboard.press("Escape");
    expect(await text()).not.toContain("In sight");
    expect(await heading()).toBe("paint");
    await page.keyboard.press("Escape");
    expect(await heading()).toBe("Nothing is selected");
    expect(await spoken()).toBe("Nothing is selected.");
  });

  it("zooms at the pointer with the wheel, pans with a drag, and does not select then", async () => {
    await show(first);
    const box = await stage().boundingBox();
    if (box === null) throw new Error("no picture");
    await page.mouse.move(box.x + box.width - 2, box.y + 60);
    await page.mouse.wheel(0, -300);
    await settled();
    const zoomed = await text();
    expect(zoomed).toMatch(/In sight: [\d.]+ ms to 1(\.\d)? s\./);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width / 2, box.y + 60, { steps: 3 });
    await page.mouse.move(box.x + box.width - 2, box.y + 60, { steps: 3 });
    await page.mouse.move(box.x + box.width + 300, box.y + 60, { steps: 3 });
    await page.mouse.up();
    expect(await text()).not.toBe(zoomed);
    expect(await heading()).toBe("Nothing is selected");
  });

  it("shows another part chosen on the minimap", async () => {
    await show(first);
    const map = await page.locator(".minimap").boundingBox();
    if (map === null) throw new Error("no minimap");
    await page.mouse.move(map.x + map.width / 2, map.y + 20);
    await page.mouse.down();
    await page.mouse.move(map.x + (map.width * 3) / 4, map.y + 20, { steps: 4 });
    await page.mouse.up();
    expect(await text()).toMatch(/In sight: 5\d\d ms to 7\d\d ms\./);
    await page.mouse.click(map.x + 5, map.y + 20);
    expect(await text()).toMatch(/In sight: 0 µs to 2\d\d ms\./);
  });

  it("lights what is searched for, sums it without counting a call twice, and goes from one to the next", async () => {
    await theme("dark");
    await show(first);
    const yellow = (): Promise<number> =>
      page.evaluate(() => {
        const canvas = document.querySelector(".stage canvas") as HTMLCanvasElement;
        const { data } = canvas.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height) ?? { data: [] };
        let count = 0;
        for (let at = 0; at < data.length; at += 4)
          if ((data[at] ?? 0) > 220 && (data[at + 1] ?? 0) > 180 && (data[at + 2] ?? 0) < 90) count++;
        return count;
      });
    expect(await yellow()).toBe(0);
    await stage().focus();
    await page.keyboard.press("/");
    await page.keyboard.type("PA");
    await page.keyboard.press("Enter");
    await settled();
    expect(await page.locator(".found").innerText()).toBe("2 functions · 950 ms · 95%");
    expect(await yellow()).toBeGreaterThan(1_000);
    expect(await heading()).toBe("parse");
    await page.keyboard.press("Enter");
    await page.keyboard.press("Enter");
    expect(await heading()).toBe("paint");
    await page.keyboard.press("Escape");
    await settled();
    expect(await page.locator(".found").innerText()).toBe("");
    expect(await yellow()).toBe(0);
  });

  it("copies the stack, opens the source and exports through the editor", async () => {
    await show(first);
    await click(0.1, 2);
    await page.getByRole("button", { name: "Copy Stack (C)" }).click();
    const copied = flamePageMessage.parse((await sent()).at(-1));
    expect(copied).toEqual({
      type: "copy",
      text: "scan (/w/scan.js:1)\nparse (/w/parse.js:1)\nmain (/w/main.js:1)",
    });
    await page.getByRole("button", { name: "Open Source (O)" }).click();
    expect(flamePageMessage.parse((await sent()).at(-1))).toEqual({
      ...{ type: "open", file: "/w/scan.js", line: 1, column: null },
    });
    await post({ type: "said", text: "There is no /w/scan.js." });
    expect(await text()).toContain("There is no /w/scan.js.");
    await page.getByRole("button", { name: "Export…" }).click();
    expect(flamePageMessage.parse((await sent()).at(-1))).toEqual({ type: "export" });
    await post({ type: "draw" });
    const picture = flamePageMessage.parse((await sent()).at(-1));
    if (picture.type !== "picture") throw new Error("no picture");
    expect(Buffer.from(picture.data, "base64").subarray(1, 4).toString()).toBe("PNG");
  });

  it("has the hottest functions as a table one key away; a row leads to its callers and callees", async () => {
    await show(first);
    await page.keyboard.press("t");
    await page.locator(".data tbody tr").first().waitFor();
    const rows = await page.locator(".data tbody tr").allInnerTexts();
    expect(rows[0]?.split(/\s*\t\s*|\n/).filter((cell) => cell !== "")).toEqual([
      ...["scan", "/w/scan.js:1", "450 ms", "45%", "450 ms", "45%"],
    ]);
    expect(await text()).toContain("6 of 6 functions, by what they did themselves");
    expect(await kept()).toMatchObject({ table: true });
    await page.locator(".data").getByRole("button", { name: "paint" }).click();
    expect(await page.getByLabel("Order").inputValue()).toBe("sandwich");
    await page.keyboard.press("t");
    expect(await page.locator(".data").isVisible()).toBe(false);
  });

  it("compares two profiles by their shares, in colour and in words", async () => {
    await theme("dark");
    await show(second, first);
    const shown = await text();
    expect(shown).toContain("test, compared with test");
    expect(shown).toContain("1 s in 3 samples of 7 functions");
    expect(shown).toContain("Before: 1 s. Own share changed most: paint +40%, scan −35%.");
    expect(shown).toContain("a larger share");
    expect(await page.getByLabel("Order").inputValue()).toBe("heavy");
    await click(0.3, 1);
    expect(await heading()).toBe("render");
    expect(await page.locator(".details").innerText()).toMatch(/Change of its share\s+\+50%/);
    await page.getByLabel("Widths").selectOption("before");
    await settled();
    await click(0.3, 1);
    expect(await heading()).toBe("parse");
    expect(await page.locator(".details").innerText()).toMatch(/Total of this call\s+550 ms · 55%/);
    await page.keyboard.press("t");
    await page.locator(".data tbody tr").first().waitFor();
    expect(await page.locator(".data tbody tr").filter({ hasText: "idleLoop" }).innerText()).toContain("−5%");
    await show(first, profileOf([["a", 1]], "bytes"));
    expect(await text()).toContain("These profiles cannot be compared");
  });

  it("paints in the colours of another theme as soon as the editor has changed it", async () => {
    const boxColour = (): Promise<number[]> =>
      page.evaluate(() => {
        const canvas = document.querySelector(".stage canvas") as HTMLCanvasElement;
        return [...(canvas.getContext("2d")?.getImageData(300, 3, 1, 1).data ?? [])];
      });
    await theme("dark");
    await show(first);
    const dark = await boxColour();
    await theme("light");
    await settled();
    const light = await boxColour();
    const sum = (rgba: number[]): number => rgba.slice(0, 3).reduce((all, one) => all + one, 0);
    expect(sum(light)).toBeGreaterThan(sum(dark) + 150);
    await theme("contrast");
    await settled();
    expect(sum(await boxColour())).toBeLessThan(sum(dark));
  });

  it.each([
    ["no samples", profileOf([])],
    ["samples of nothing", profileOf([["", 5]])],
    ["a frame that weighs nothing", profileOf([["a", 0]])],
  ])("says so when a profile has %s", async (_, profile) => {
    await show(profile);
    expect(await text()).toContain("test has no samples in which something ran, so there is nothing to draw.");
    expect(await stage().isVisible()).toBe(false);
  });

  it("draws one frame, and one 12,000 calls deep", async () => {
    await show(profileOf([["only", 7]]));
    await click(0.5, 0);
    expect(await heading()).toBe("only");
    await show(deepProfile(12_000));
    expect(await text()).toContain("up to 12000 calls deep");
    await stage().focus();
    await page.keyboard.press("ArrowDown");
    for (let step = 0; step < 3; step++) await page.keyboard.press("PageDown");
    for (let step = 0; step < 40; step++) await page.keyboard.press("ArrowDown");
    expect(await page.locator(".callers li").count()).toBe(12);
    expect(await page.locator(".more").innerText()).toBe("and 28 more callers");
    await page.keyboard.press("c");
    expect(flamePageMessage.parse((await sent()).at(-1))).toMatchObject({ type: "copy" });
    await page.keyboard.press("x");
    await settled();
    expect(await page.getByLabel("Order").inputValue()).toBe("sandwich");
    expect(await painted()).toBeGreaterThan(1_000);
  });

  it("copies a deep stack of long names within what the editor takes", async () => {
    const builder = new ProfileBuilder("long", "microseconds", true);
    let node = -1;
    for (let level = 0; level < 3_000; level++) {
      const name = `${level}${"n".repeat(2_000)}`;
      node = builder.node(node, builder.frame({ name, file: `/${name}.js`, line: 1, column: null }));
    }
    builder.sample(node, 1, 0);
    await show(builder.build());
    await page.getByLabel("Search functions and files").fill("2999n");
    await page.keyboard.press("Enter");
    await page.getByRole("button", { name: "Copy Stack (C)" }).click();
    const copied = flamePageMessage.parse((await sent()).at(-1));
    if (copied.type !== "copy") throw new Error("nothing was copied");
    expect(copied.text.startsWith("2999nnn")).toBe(true);
    expect(copied.text.endsWith("… 2000 more callers")).toBe(true);
  });

  it("says why there is no profile, and when pieces of it are missing", async () => {
    await post({ type: "failed", text: "a.cpuprofile is no profile." });
    expect(await text()).toContain("a.cpuprofile is no profile.");
    const pieces = [...piecesOfProfiles(++id, [first])].filter(({ type }) => type !== "column");
    for (const piece of pieces) await post(piece);
    expect(await text()).toContain("did not arrive as a whole");
  });

  it("comes back as it was left", async () => {
    await fixture.reopen({ order: "heavy", colouring: "self", table: true });
    page = fixture.page;
    await show(first);
    expect(await page.getByLabel("Order").inputValue()).toBe("heavy");
    expect(await page.getByLabel("Colours", { exact: true }).inputValue()).toBe("self");
    expect(await page.locator(".data").isVisible()).toBe(true);
  });

  it("is all reached with the Tab key, with a visible focus", async () => {
    await show(first);
    await click(0.1, 2);
    await page.evaluate(() => (document.activeElement as HTMLElement).blur());
    const reached: string[] = [];
    for (let step = 0; step < 12; step++) {
      await page.keyboard.press("Tab");
      reached.push(
        await page.evaluate(() => {
          const one = document.activeElement as HTMLElement;
          const name = one.getAttribute("aria-label") ?? one.textContent ?? "";
          const lost = getComputedStyle(one).outlineStyle === "none" ? "NO FOCUS " : "";
          return `${lost}${one.tagName} ${name.slice(0, 20)}`;
        }),
      );
    }
    for (const part of [
      "SELECT",
      "INPUT Search",
      "DIV Flame graph",
      "BUTTON Table",
      "BUTTON Copy Stack",
      "BUTTON Export",
    ])
      expect(
        reached.some((one) => one.startsWith(part)),
        `${part}: ${reached.join(" | ")}`,
      ).toBe(true);
    expect(reached.filter((one) => /^NO FOCUS (?!BODY)/.test(one))).toEqual([]);
  });

  it("runs and fetches nothing, whatever functions and files are called", async () => {
    const builder = new ProfileBuilder(hostileStrings.join(" "), "microseconds", true);
    const names = [...hostileStrings, "x".repeat(100_000), "漢字の関数".repeat(40), "\u202egnirts\u202c"];
    for (const [at, name] of names.entries())
      builder.sample(builder.node(-1, builder.frame({ name, file: name, line: 1, column: 1 })), 10, at * 10);
    await page.keyboard.press("t");
    await show(builder.build());
    await page.locator(".data tbody tr").first().waitFor();
    await stage().focus();
    await page.keyboard.press("ArrowDown");
    for (const _ of names) {
      await page.keyboard.press("ArrowRight");
      expect(
        unprintable.test(
          await page
            .locator(".details")
            .innerText()
            .then((all) => all.replaceAll("\n", " ")),
        ),
      ).toBe(false);
    }
    await page.keyboard.press("Home");
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const shown = await page.evaluate(() => document.getElementById("page")?.textContent ?? "");
    expect(shown).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(shown)).toBe(false);
    await page.evaluate(() => {
      window.postMessage({ type: "begin", id: "x", profiles: 3 });
      window.postMessage({ type: "column", id: 1, profile: 9, column: "__proto__", offset: -1, values: [] });
      window.postMessage(null);
    });
    await settled();
  });

  it.each(THEME_NAMES)("fits 1200, 700 and 400 px in the %s theme, with nothing cut off", async (name) => {
    await show(first);
    await theme(name);
    await click(0.1, 2);
    await page.keyboard.press("t");
    await page.locator(".data tbody tr").first().waitFor();
    for (const width of [1_200, 700, 400]) await fixture.fits(`flame-${name}`, width);
    await show(second, first);
    await fixture.fits(`flame-diff-${name}`, 1_200);
    await fixture.fits(`flame-diff-${name}`, 400);
  });
});
