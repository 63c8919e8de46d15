import { describe, expect, it } from "vitest";
import { Failure } from "../../../src/views/sessionPort.ts";
import { TopicFeed } from "../../../src/views/topicFeed.ts";
import { DecisionBook, PAGE_DECISIONS } from "../../../src/views/decisions/book.ts";
import type { DecisionRow, DecisionsState } from "../../../src/engine/protocol/rpc.ts";
import { FakeSession, type FakeConnection } from "../fakeSession.ts";
import { decision, id, state, superseded, waiting } from "./decisions.ts";

/** Decisions numbered from `newest` down to `oldest`. */
function rows(newest: number, oldest: number): DecisionRow[] {
  return Array.from({ length: newest - oldest + 1 }, (_, at) => decision({ id: id(newest - at) }));
}

/** An engine that holds these decisions and publishes the newest `shown`. */
async function world(newest: number, shown = PAGE_DECISIONS) {
  const session = new FakeSession();
  const feed = new TopicFeed(session, "decisions", () => undefined);
  const book = new DecisionBook(session, feed);
  const connection: FakeConnection = session.connect();
  await feed.settled();
  const engine = { all: rows(newest, 1) };
  connection.answer = async (_, params) => {
    const { limit, before } = params as { limit: number; before: string };
    const older = engine.all.filter((row) => row.id < before);
    return state(older.slice(0, limit), older.length > limit);
  };
  const publish = (): void =>
    connection.publish("decisions", state(engine.all.slice(0, shown), engine.all.length > shown) as DecisionsState);
  publish();
  return { session, feed, book, connection, engine, publish };
}

/** Waits for the change that makes it true. */
function until(book: DecisionBook, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const check = (): void => {
      if (!holds()) return;
      handle.dispose();
      resolve();
    };
    const handle = book.on(check);
    check();
  });
}

const numbers = (book: DecisionBook): number[] => book.rows.map((row) => Number(row.id.slice(-12)));
const down = (from: number, to: number): number[] => Array.from({ length: from - to + 1 }, (_, at) => from - at);

describe("the decisions of a window", () => {
  it("are the newest until somebody asks for older ones, page by page", async () => {
    const { book } = await world(130);
    expect(numbers(book)).toEqual(down(130, 81));
    expect(book.older.kind).toBe("more");
    book.showOlder();
    expect(book.older.kind).toBe("loading");
    await until(book, () => book.older.kind === "more");
    expect(numbers(book)).toEqual(down(130, 31));
    book.showOlder();
    await until(book, () => book.older.kind === "none");
    expect(numbers(book)).toEqual(down(130, 1));
  });

  it("lose none and show none twice while new ones push old ones out of the newest", async () => {
    const { book, engine, publish } = await world(80);
    book.showOlder();
    await until(book, () => book.older.kind === "none");
    for (let newest = 81; newest <= 90; newest++) {
      engine.all = rows(newest, 1);
      publish();
      expect(numbers(book)).toEqual(down(newest, 1));
    }
    // What was asked for again comes back to the same.
    await until(book, () => numbers(book).length === 90 && book.older.kind === "none");
    expect(new Set(numbers(book)).size).toBe(90);
  });

  it("take over what has changed in an older one", async () => {
    const { book, engine, publish } = await world(80);
    book.showOlder();
    await until(book, () => book.older.kind === "none");
    engine.all = [decision({ id: id(81), origin: "undo", undoOf: id(3) }), ...engine.all].map((row) =>
      row.id === id(3) ? { ...row, undoneBy: id(81), undoRefusal: superseded } : row,
    );
    publish();
    await until(book, () => book.find(id(3))?.undoneBy === id(81));
  });

  it("say why older ones could not be brought, and bring them when asked again", async () => {
    const { book, connection } = await world(80);
    const answer = connection.answer;
    connection.answer = () => Promise.reject(new Failure({ code: "store.read", args: {} }));
    book.showOlder();
    await until(book, () => book.older.kind === "failed");
    expect(book.older).toEqual({ kind: "failed", reason: { code: "store.read", args: {} } });
    expect(numbers(book)).toEqual(down(80, 31));
    connection.answer = answer;
    book.showOlder();
    await until(book, () => book.older.kind === "none");
    expect(numbers(book)).toEqual(down(80, 1));
  });

  it("are not asked for beyond what a view should hold", async () => {
    const { book } = await world(1_100);
    for (let page = 0; page < 20; page++) {
      book.showOlder();
      await until(book, () => book.older.kind !== "loading");
    }
    expect(book.older.kind).toBe("tooMany");
    expect(numbers(book)).toEqual(down(1_100, 51));
  });

  it("know what waits and whether something can be undone", async () => {
    const { book, engine, publish } = await world(2);
    expect([book.waiting.length, book.canUndo]).toEqual([0, true]);
    engine.all = [decision({ id: id(3), state: waiting, undoRefusal: superseded })];
    publish();
    expect([book.waiting.length, book.canUndo]).toEqual([1, false]);
    expect(book.find(id(1))).toBeUndefined();
  });

  it("leave nothing behind when the window ends, a request under way included", async () => {
    const { book, feed, session, connection } = await world(80);
    connection.answer = () => new Promise(() => undefined);
    let told = 0;
    book.on(() => told++);
    book.showOlder();
    book.dispose();
    feed.dispose();
    await feed.settled();
    const before = told;
    connection.publish("decisions", state(rows(90, 41)));
    expect(told).toBe(before);
    expect(session.listenerCount).toBe(0);
  });
});
