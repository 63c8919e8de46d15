import { expect, test } from "vitest";
import { Attention } from "../../../src/engine/act/attention.ts";

const nobody = { operators: 0, clients: 0, managesSomething: true, keepRunning: false };

test("without an operator for a minute swarms are held, and freed when one comes back", () => {
  const attention = new Attention(0);
  expect(attention.look(nobody, 59_999).hold).toBeNull();
  expect(attention.look(nobody, 60_000).hold).toMatchObject({ code: "hold.noOperator" });
  expect(attention.look({ ...nobody, operators: 1, clients: 1 }, 61_000).hold).toBeNull();
  expect(attention.look(nobody, 120_000).hold).toBeNull();
});

test("keepRunning holds nothing", () => {
  expect(new Attention(0).look({ ...nobody, keepRunning: true }, 1e9).hold).toBeNull();
});

test("a viewer is no operator", () => {
  expect(new Attention(0).look({ ...nobody, clients: 1 }, 60_000).hold).not.toBeNull();
});

test("an engine that manages nothing and has no client ends after half a minute, not before, and not while it manages", () => {
  const attention = new Attention(0);
  expect(attention.look(nobody, 500_000).exit).toBe(false);
  const idle = { ...nobody, managesSomething: false };
  expect(attention.look(idle, 529_999).exit).toBe(false);
  expect(attention.look(idle, 530_000).exit).toBe(true);
});
