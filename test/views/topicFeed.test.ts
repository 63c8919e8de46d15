import { describe, expect, it } from "vitest";
import type { Coded } from "../../src/engine/protocol/model.ts";
import { TopicFeed } from "../../src/views/topicFeed.ts";
import { FakeSession } from "./fakeSession.ts";
import { overview } from "./overviews.ts";

function feedOn(session: FakeSession): { feed: TopicFeed<"overview">; problems: Coded[] } {
  const problems: Coded[] = [];
  return { feed: new TopicFeed(session, "overview", (problem) => problems.push(problem)), problems };
}

describe("a topic's feed", () => {
  it("subscribes once, and says that nobody looks until somebody does", async () => {
    const session = new FakeSession();
    const { feed } = feedOn(session);
    const connection = session.connect();
    await feed.settled();
    expect(connection.log).toEqual(["+overview false"]);
    const first = feed.look();
    const second = feed.look();
    await feed.settled();
    expect(connection.subscriptions.map(({ looking }) => looking)).toEqual([true]);
    first.dispose();
    first.dispose();
    await feed.settled();
    expect(connection.subscriptions.map(({ looking }) => looking)).toEqual([true]);
    second.dispose();
    await feed.settled();
    expect(connection.subscriptions.map(({ looking }) => looking)).toEqual([false]);
  });

  it("hands every state to every listener and remembers the latest", async () => {
    const session = new FakeSession();
    const { feed } = feedOn(session);
    const connection = session.connect();
    await feed.settled();
    const seen: number[] = [];
    const handle = feed.on((state) => seen.push(state.wallMs));
    connection.publish("overview", overview({ wallMs: 1 }));
    handle.dispose();
    connection.publish("overview", overview({ wallMs: 2 }));
    expect(seen).toEqual([1]);
    expect(feed.latest?.wallMs).toBe(2);
  });

  it("follows a reconnect with the looking that holds by then", async () => {
    const session = new FakeSession();
    const { feed, problems } = feedOn(session);
    session.connect();
    await feed.settled();
    session.lose();
    feed.look();
    const next = session.connect();
    await feed.settled();
    expect(next.subscriptions.map(({ looking }) => looking)).toEqual([true]);
    expect(problems).toEqual([]);
  });

  it("leaves nothing behind when it ends", async () => {
    const session = new FakeSession();
    const { feed } = feedOn(session);
    const connection = session.connect();
    await feed.settled();
    feed.dispose();
    await feed.settled();
    expect(connection.subscriptions).toEqual([]);
    expect(session.listenerCount).toBe(0);
  });
});
