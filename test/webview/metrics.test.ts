import type { Page } from "playwright-core";
import { beforeEach, describe, expect, it } from "vitest";
import type { MetricsReport } from "../../src/engine/protocol/rpc.ts";
import type { MetricsHostMessage, MetricsState } from "../../src/engine/protocol/webview.ts";
import { hostileStrings, unprintable, usage } from "../views/overviews.ts";
import { executablePath, pageFixture, THEME_NAMES } from "./pageFixture.ts";

/** The page "Swarm Metrics" in a real browser. */

const GB = 1_000_000_000;

function report(over: Partial<MetricsReport> = {}): MetricsReport {
  const measured = (value: number | null) => ({ value, source: value === null ? "unknown" : "measured" }) as const;
  return {
    wallMs: Date.now(),
    intervalMs: 1_000,
    cpu: {
      busyRatio: measured(0.41),
      perCoreBusyRatio: [0.9, 0.1, 0.5, 0.14],
      cpuCount: measured(4),
      capacityCores: measured(4),
      loadAverage1m: measured(1.52),
      pressureSomeRatio10s: measured(0.02),
    },
    memory: {
      totalBytes: measured(16 * GB),
      capacityBytes: measured(16 * GB),
      usedBytes: measured(9.2 * GB),
      availableBytes: measured(6.8 * GB),
      swapTotalBytes: measured(0),
      swapUsedBytes: measured(0),
      pressureSomeRatio10s: measured(null),
      pressureFullRatio10s: measured(null),
    },
    network: { receiveBytesPerSecond: measured(5_200), transmitBytesPerSecond: measured(900) },
    disk: {
      readBytesPerSecond: measured(null),
      writeBytesPerSecond: measured(1_250_000),
      pressureSomeRatio10s: measured(0.004),
    },
    agents: [
      agentRow("claude-code:/x", 4121, "claude", "working"),
      agentRow("demo", 5001, "worker", "idle"),
      agentRow("demo", 5002, "worker", "working"),
    ],
    ...over,
  };
}

function agentRow(
  swarmId: string,
  pid: number,
  name: string,
  state: string,
): NonNullable<MetricsReport["agents"]>[number] {
  return { swarmId, id: `${pid}-1`, pid, name, state, stateSource: "derived", usage: usage(), usageSource: "measured" };
}

function full(seq: number, over: Partial<MetricsState> = {}): MetricsHostMessage {
  return {
    type: "full",
    seq,
    state: {
      link: { kind: "connected" },
      live: true,
      facts: null,
      swarmLabels: { demo: "demo", "claude-code:/x": "Claude Code · x" },
      report: report(),
      ...over,
    },
  };
}

const update = (seq: number, one: MetricsReport): MetricsHostMessage => ({
  type: "update",
  seq,
  report: one,
  swarmLabels: { demo: "demo" },
});

describe.skipIf(executablePath === null)("the page Swarm Metrics", () => {
  const fixture = pageFixture({
    title: "Swarm Metrics",
    script: "webview/metrics.ts",
    styles: ["media/page.css", "media/metrics.css"],
  });
  const { sent, post, kept, text } = fixture;
  let page: Page;
  beforeEach(() => {
    page = fixture.page;
  });

  it("asks for its state when it is loaded", async () => {
    expect(await sent()).toEqual([{ type: "ready" }]);
  });

  it("shows every figure with its source and span of time, and a dash for the unknown", async () => {
    await post(full(1));
    const shown = await text();
    expect(shown).toContain("Busy 41% measured over 1 s");
    expect(shown).toContain("Used 9.2 GB measured, now");
    expect(shown).toContain("Pressure, some – unknown");
    expect(shown).toContain("Read – unknown");
    expect(shown).toContain("Core 0 90%");
    expect(shown).toContain("The machine is 41% busy, 6.8 GB of memory is available, 3 agents run on it.");
    expect(await page.locator("tbody tr").count()).toBe(3);
    expect(await page.locator("tbody tr").first().innerText()).toContain("12%");
  });

  it("takes updates in order, and asks for everything when one is missing", async () => {
    await post(full(1));
    await post(update(2, report({ wallMs: Date.now() - 60_000 })));
    expect(await text()).toMatch(/1 min ago|60 s ago/);
    await post(update(4, report()));
    expect((await sent()).at(-1)).toEqual({ type: "ready" });
    expect(await text()).toMatch(/1 min ago|6\d s ago/);
    await post(update(2, report()));
    expect(await sent()).toHaveLength(2);
  });

  it("keeps the rows of agents in place and changes their cells", async () => {
    await post(full(1));
    await page.evaluate(() => Object.assign(document.querySelectorAll("tbody tr")[1] ?? {}, { marked: true }));
    const [, second, third] = report().agents ?? [];
    const agents = [second, third].filter((one) => one !== undefined);
    await post(update(2, report({ agents: agents.map((one) => ({ ...one, state: "draining" })) })));
    expect(await page.locator("tbody tr").count()).toBe(2);
    expect(
      await page.evaluate(() => (document.querySelector("tbody tr") as unknown as { marked?: boolean }).marked),
    ).toBe(true);
    expect(await page.locator("tbody").innerText()).toContain("draining");
  });

  it("pauses and resumes by keyboard, and remembers that it is paused", async () => {
    await post(full(1));
    await page.keyboard.press("Tab");
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Pause");
    await page.keyboard.press("Enter");
    expect((await sent()).at(-1)).toEqual({ type: "live", live: false });
    await post(update(2, report({ agents: [] })));
    expect(await page.locator("tbody tr").count()).toBe(3);
    expect(await text()).toContain("Paused");
    expect(await kept()).toEqual({ live: false });
    await page.keyboard.press("Space");
    expect((await sent()).at(-1)).toEqual({ type: "live", live: true });
  });

  it("stays paused when the editor brings it back", async () => {
    await fixture.reopen({ live: false });
    expect(await sent()).toEqual([{ type: "live", live: false }, { type: "ready" }]);
  });

  it("asks for a copy, and says when it is done", async () => {
    await post(full(1));
    await page.getByRole("button", { name: "Copy as JSON" }).click();
    expect((await sent()).at(-1)).toEqual({ type: "copy" });
    await post({ type: "copied" });
    expect(await page.getByRole("status").innerText()).toBe("Copied");
  });

  it("says that the engine cannot be reached, and keeps the last figures as such", async () => {
    await post(full(1));
    await post({ type: "link", seq: 2, link: { kind: "disconnected", text: "Connecting to the engine." } });
    expect(await page.getByRole("alert").innerText()).toContain("last known");
    await post({ type: "link", seq: 3, link: { kind: "connected" } });
    expect(await page.getByRole("alert").count()).toBe(0);
  });

  it("names its parts for those who cannot see them", async () => {
    await post(full(1));
    for (const name of ["CPU", "Memory", "Swap", "Disk", "Network", "Agents"]) {
      expect(await page.getByRole("region", { name, exact: true }).count(), name).toBe(1);
    }
    expect(await page.getByRole("columnheader").count()).toBe(8);
    expect(await page.getByRole("rowheader").count()).toBe(3);
    expect(await page.getByRole("list", { name: "Busy share of each core" }).count()).toBe(1);
  });

  it("runs and fetches nothing, whatever agents are called", async () => {
    const agents = hostileStrings.map((name, at) => ({ ...agentRow(name, at + 2, name, name), id: name }));
    const swarmLabels = Object.fromEntries(hostileStrings.map((name) => [name, name]));
    const facts = {
      osName: hostileStrings[0] ?? "",
      osVersion: "",
      kernel: "",
      cpuModel: hostileStrings[7] ?? "",
      cpuCount: 1,
      memoryTotalBytes: 1,
      hostname: hostileStrings[1] ?? "",
      sandbox: hostileStrings[5] ?? "",
      fileSystems: [],
    };
    await post(full(1, { report: report({ agents }), swarmLabels, facts }));
    await post({ type: "link", seq: 2, link: { kind: "disconnected", text: hostileStrings.join(" ") } });
    await post({ type: "failed", reason: { code: "x", args: {} }, text: hostileStrings.join(" ") });
    expect(await page.locator("tbody tr").count()).toBe(hostileStrings.length);
    expect(await page.locator("img, a, iframe, #page script").count()).toBe(0);
    const shown = await page.evaluate(() => document.getElementById("page")?.textContent ?? "");
    expect(shown).toContain("<img src=x onerror=alert(1)>");
    expect(unprintable.test(shown)).toBe(false);
    expect(shown.length).toBeLessThan(20_000);
  });

  it("takes any message without an error", async () => {
    await post(full(1));
    const messages: unknown[] = [null, 1, "x", [], {}, { type: "full" }, { type: "full", seq: 1, state: null }];
    messages.push({ type: "update", seq: 2 }, { type: "update", seq: "2", report: {} }, { type: "link", seq: 2 });
    messages.push(
      { type: "__proto__" },
      { type: "failed" },
      { type: "update", seq: 2, report: { wallMs: 1, agents: {} } },
    );
    for (const message of messages) await post(message);
    expect(await page.locator("tbody tr").count()).toBe(3);
  });

  it.each(THEME_NAMES)("fits 400 px and wide panels in a %s theme", async (theme) => {
    await fixture.theme(theme);
    await post(full(1));
    for (const width of [400, 1000]) await fixture.fits(`metrics-${theme}`, width);
  });

  it("stands still for those who asked for less motion", async () => {
    await page.emulateMedia({ reducedMotion: "reduce" });
    await post(full(1));
    const moving = await page.evaluate(() =>
      [...document.querySelectorAll(".bar > span")].filter(
        (one) => getComputedStyle(one).transitionProperty !== "none",
      ),
    );
    expect(moving).toEqual([]);
  });
});
