import { describe, expect, it } from "vitest";
import { KEEP_ROWS_MS, presentation } from "../../../src/views/tree/presentation.ts";
import { info } from "../fakeSession.ts";
import { NOW_MS } from "../overviews.ts";

const connected = { kind: "connected", info } as const;
const waiting = { kind: "waiting", reason: { code: "rpc.closed", args: {} }, retryAtMs: 1 } as const;

const restricted = "agents are shown; nothing is started, scaled or stopped from this window.";
const some = { wallMs: NOW_MS, empty: false };

describe("what a view shows besides its rows", () => {
  it("is nothing while all is well", () => {
    expect(presentation({ state: connected, trusted: true, latest: some, ageMs: 0, restricted })).toEqual({
      rows: true,
      message: null,
    });
  });

  it("keeps the rows through a short loss of the engine, and says from when they are", () => {
    const { rows, message } = presentation({ state: waiting, trusted: true, latest: some, ageMs: 3_000, restricted });
    expect(rows).toBe(true);
    expect(message).toMatch(/Figures are from /);
  });

  it("drops rows that are too old, so that the welcome content says what is wrong", () => {
    for (const latest of [some, null]) {
      expect(presentation({ state: waiting, trusted: true, latest, ageMs: KEEP_ROWS_MS + 1, restricted })).toEqual({
        rows: false,
        message: null,
      });
    }
    const failed = { kind: "failed", reason: { code: "engine.failed", args: {} } } as const;
    expect(presentation({ state: failed, trusted: true, latest: some, ageMs: 0, restricted }).rows).toBe(false);
  });

  it("says in Restricted Mode why nothing can be done, unless the welcome content does", () => {
    expect(presentation({ state: connected, trusted: false, latest: some, ageMs: 0, restricted }).message).toMatch(
      /Restricted Mode/,
    );
    expect(
      presentation({ state: connected, trusted: false, latest: { ...some, empty: true }, ageMs: 0, restricted })
        .message,
    ).toBe(null);
  });
});
