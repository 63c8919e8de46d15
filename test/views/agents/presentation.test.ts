import { describe, expect, it } from "vitest";
import { KEEP_ROWS_MS, presentation } from "../../../src/views/agents/presentation.ts";
import { info } from "../fakeSession.ts";
import { overview } from "../overviews.ts";

const connected = { kind: "connected", info } as const;
const waiting = { kind: "waiting", reason: { code: "rpc.closed", args: {} }, retryAtMs: 1 } as const;

describe("what the Agents view shows besides its rows", () => {
  it("is nothing while all is well", () => {
    expect(presentation({ state: connected, trusted: true, latest: overview(), ageMs: 0 })).toEqual({
      rows: true,
      message: null,
    });
  });

  it("keeps the rows through a short loss of the engine, and says from when they are", () => {
    const { rows, message } = presentation({ state: waiting, trusted: true, latest: overview(), ageMs: 3_000 });
    expect(rows).toBe(true);
    expect(message).toMatch(/Figures are from /);
  });

  it("drops rows that are too old, so that the welcome content says what is wrong", () => {
    for (const latest of [overview(), null]) {
      expect(presentation({ state: waiting, trusted: true, latest, ageMs: KEEP_ROWS_MS + 1 })).toEqual({
        rows: false,
        message: null,
      });
    }
    const failed = { kind: "failed", reason: { code: "engine.failed", args: {} } } as const;
    expect(presentation({ state: failed, trusted: true, latest: overview(), ageMs: 0 }).rows).toBe(false);
  });

  it("says in Restricted Mode why nothing can be done, unless the welcome content does", () => {
    expect(presentation({ state: connected, trusted: false, latest: overview(), ageMs: 0 }).message).toMatch(
      /Restricted Mode/,
    );
    expect(presentation({ state: connected, trusted: false, latest: overview({ swarms: [] }), ageMs: 0 }).message).toBe(
      null,
    );
  });
});
