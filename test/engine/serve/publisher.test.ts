import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Publisher } from "../../../src/engine/serve/publisher.ts";

interface States {
  a: number;
  b: number;
}

function publisher(): { readonly publisher: Publisher<States>; readonly encoded: string[] } {
  const encoded: string[] = [];
  return {
    encoded,
    publisher: new Publisher<States>((topic, seq, state) => {
      encoded.push(`${topic}${seq}`);
      return Buffer.from(`${topic} ${seq} ${state}`);
    }),
  };
}

/** A transport that takes a message when it is told to. */
class Slow {
  readonly got: string[] = [];
  readonly unsent: (() => void)[] = [];
  readonly send = (frame: Buffer, onSent: () => void): void => {
    this.got.push(frame.toString());
    this.unsent.push(onSent);
  };
  take(): void {
    this.unsent.shift()?.();
  }
}

describe("publisher", () => {
  test("states that come while one is unsent are passed over; the newest follows with its number", () => {
    const { publisher: p } = publisher();
    const slow = new Slow();
    const subscriber = p.addSubscriber(slow.send);
    p.publish("a", 10);
    expect(subscriber.subscribe("a", true)).toBe(1);
    for (const state of [11, 12, 13]) p.publish("a", state);
    expect(slow.got).toEqual(["a 1 10"]);
    slow.take();
    expect(slow.got).toEqual(["a 1 10", "a 4 13"]);
    slow.take();
    expect(slow.got).toHaveLength(2);
    p.publish("a", 14);
    expect(slow.got.at(-1)).toBe("a 5 14");
  });

  test("topics do not wait for each other", () => {
    const { publisher: p } = publisher();
    const slow = new Slow();
    const subscriber = p.addSubscriber(slow.send);
    subscriber.subscribe("a", false);
    subscriber.subscribe("b", false);
    p.publish("a", 1);
    p.publish("b", 2);
    p.publish("a", 3);
    expect(slow.got).toEqual(["a 1 1", "b 1 2"]);
  });

  test("a state is serialised once for all, and not at all when nobody gets it", () => {
    const { publisher: p, encoded } = publisher();
    p.publish("a", 1);
    p.publish("a", 2);
    expect(encoded).toEqual([]);
    for (let index = 0; index < 10; index += 1) p.addSubscriber(new Slow().send).subscribe("a", false);
    expect(encoded).toEqual(["a2"]);
  });

  test("leaving a topic and coming back does not get a slow reader a second unsent message", () => {
    const { publisher: p } = publisher();
    const slow = new Slow();
    const subscriber = p.addSubscriber(slow.send);
    p.publish("a", 1);
    for (let round = 0; round < 100; round += 1) {
      subscriber.subscribe("a", true);
      subscriber.unsubscribe("a");
    }
    subscriber.subscribe("a", true);
    expect(slow.got).toEqual(["a 1 1"]);
    slow.take();
    expect(slow.got).toEqual(["a 1 1", "a 1 1"]);
  });

  test("looking follows the subscriptions that stand", () => {
    const { publisher: p } = publisher();
    const subscriber = p.addSubscriber(new Slow().send);
    const looks: boolean[] = [];
    const note = () => looks.push(subscriber.looking);
    note();
    subscriber.subscribe("a", false);
    note();
    subscriber.subscribe("b", true);
    note();
    subscriber.subscribe("b", false);
    note();
    subscriber.subscribe("a", true);
    subscriber.unsubscribe("a");
    note();
    expect(looks).toEqual([false, false, true, false, false]);
  });

  test("a subscriber that is gone gets nothing and is forgotten", () => {
    const { publisher: p } = publisher();
    const slow = new Slow();
    const subscriber = p.addSubscriber(slow.send);
    subscriber.subscribe("a", true);
    p.publish("a", 1);
    subscriber.dispose();
    subscriber.dispose();
    slow.take();
    p.publish("a", 2);
    expect(slow.got).toEqual(["a 1 1"]);
    expect(p.subscriberCount).toBe(0);
  });

  test("whatever the order: at most one unsent a topic, numbers only rise, and in the end the newest has arrived", () => {
    const step = fc.oneof(
      fc.record({ kind: fc.constant("publish" as const), topic: fc.constantFrom("a" as const, "b" as const) }),
      fc.record({ kind: fc.constant("take" as const), client: fc.nat(2) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const { publisher: p } = publisher();
        const clients = [new Slow(), new Slow(), new Slow()];
        for (const client of clients) {
          const subscriber = p.addSubscriber(client.send);
          subscriber.subscribe("a", false);
          subscriber.subscribe("b", false);
        }
        for (const [index, one] of steps.entries()) {
          if (one.kind === "publish") p.publish(one.topic, index);
          else clients[one.client]?.take();
          for (const client of clients) expect(client.unsent.length).toBeLessThanOrEqual(2);
        }
        for (const client of clients) {
          while (client.unsent.length > 0) client.take();
          for (const topic of ["a", "b"] as const) {
            const numbers = client.got
              .filter((text) => text.startsWith(topic))
              .map((text) => Number(text.split(" ")[1]));
            expect(numbers).toEqual([...new Set(numbers)].toSorted((x, y) => x - y));
            expect(numbers.at(-1) ?? 0).toBe(p.seq(topic));
          }
        }
      }),
    );
  });
});
