import { describe, expect, it } from "vitest";
import { endText, EndWatch } from "../../../src/views/decisions/unconfirmed.ts";
import type { DecisionRow } from "../../../src/engine/protocol/rpc.ts";
import { decision, id, waiting } from "./decisions.ts";

const unconfirmed: DecisionRow["state"] = {
  kind: "unconfirmed",
  live: 7,
  elapsedMs: 60_000,
  reason: { code: "scale.deadline", args: {} },
};
const late = (number: number, over: Partial<DecisionRow> = {}): DecisionRow =>
  decision({ id: id(number), state: unconfirmed, ...over });

describe("automatic actions that were not confirmed", () => {
  it("are told once each, and those of one state together", () => {
    const watch = new EndWatch("unconfirmed");
    expect(watch.hear([])).toEqual([]);
    expect(watch.hear([late(2, { swarmLabel: "bees", swarmId: "bees" }), late(1)])).toEqual([
      "bees: 6 → 8",
      "demo: 6 → 8",
    ]);
    expect(watch.hear([late(2), late(1)])).toEqual([]);
    expect(watch.hear([late(3), late(2), late(1)])).toEqual(["demo: 6 → 8"]);
  });

  it("are not told again when they are confirmed late and change once more", () => {
    const watch = new EndWatch("unconfirmed");
    watch.hear([]);
    expect(watch.hear([late(1)])).toHaveLength(1);
    expect(watch.hear([decision({ id: id(1) })])).toEqual([]);
    expect(watch.hear([late(1)])).toEqual([]);
  });

  it("are history when they were there before this window looked", () => {
    expect(new EndWatch("unconfirmed").hear([late(1)])).toEqual([]);
  });

  it("leave out what an operator asked for, what waits and what was confirmed", () => {
    const watch = new EndWatch("unconfirmed");
    watch.hear([]);
    const rows = [
      late(1, { origin: "operator", by: "VS Code" }),
      late(2, { by: "VS Code" }),
      late(3, { origin: "undo", by: "CLI" }),
      decision({ id: id(4), state: waiting }),
      decision({ id: id(5) }),
    ];
    expect(watch.hear(rows)).toEqual([]);
  });

  it("are one warning, however many there are", () => {
    expect(endText("unconfirmed", ["demo: 6 → 8"])).toBe("demo: 6 → 8 is not confirmed. The engine goes on trying.");
    const many = endText(
      "unconfirmed",
      Array.from({ length: 9 }, (_, at) => `s${at}: 1 → 2`),
    );
    expect(many).toMatch(/^9 automatic changes are not confirmed: s0.*s3: 1 → 2 and others\./);
  });
});

describe("automatic changes that were rolled back", () => {
  const back = (number: number): DecisionRow =>
    late(number, { state: { ...unconfirmed, kind: "rolledBack", to: 6 } as DecisionRow["state"] });

  it("are told once, in their own words", () => {
    const watch = new EndWatch("rolledBack");
    watch.hear([]);
    expect(watch.hear([back(1), late(2)])).toEqual(["demo: 6 → 8"]);
    expect(watch.hear([back(1)])).toEqual([]);
    expect(endText("rolledBack", ["demo: 6 → 8"])).toBe("demo: 6 → 8 was rolled back: a step made the swarm worse.");
  });
});

it("what was replaced by another change is no failure", () => {
  const watch = new EndWatch("unconfirmed");
  watch.hear([]);
  expect(
    watch.hear([late(1, { state: { ...unconfirmed, reason: { code: "scale.superseded", args: {} } } as never })]),
  ).toEqual([]);
});
