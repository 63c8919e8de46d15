import type { Disposable } from "../common/disposable.ts";

/**
 * Who gets which state when, apart from any socket. A topic has one latest state with a sequence number; a subscriber
 * has at most one unsent message a topic. States that come while one is unsent are not kept: when it is out, the newest
 * one follows, whole. A subscriber that stops reading therefore costs one frame a topic and slows nobody.
 */
export class Publisher<States extends object> {
  readonly #encode: (topic: keyof States, seq: number, state: States[keyof States]) => Buffer;
  readonly #topics = new Map<keyof States, TopicLatest<States[keyof States]>>();
  readonly #subscribers = new Set<Subscriber<States>>();

  /** @param encode called once a state at most, and only when somebody gets it; all subscribers share the frame */
  constructor(encode: (topic: keyof States, seq: number, state: States[keyof States]) => Buffer) {
    this.#encode = encode;
  }

  publish<T extends keyof States>(topic: T, state: States[T]): void {
    const seq = (this.#topics.get(topic)?.seq ?? 0) + 1;
    this.#topics.set(topic, { seq, state, frame: null });
    for (const subscriber of this.#subscribers) subscriber.offer(topic);
  }

  /** The number of the latest state; 0 before the first. */
  seq(topic: keyof States): number {
    return this.#topics.get(topic)?.seq ?? 0;
  }

  /** The latest state as a frame; `null` before the first. */
  latest(topic: keyof States): { readonly seq: number; readonly frame: Buffer } | null {
    const latest = this.#topics.get(topic);
    if (latest === undefined) return null;
    latest.frame ??= this.#encode(topic, latest.seq, latest.state);
    return { seq: latest.seq, frame: latest.frame };
  }

  /** @param send hands a frame to the transport; `onSent` must be called once when the transport has taken all of it */
  addSubscriber(send: (frame: Buffer, onSent: () => void) => void): Subscriber<States> {
    const subscriber = new Subscriber<States>(this, send, () => this.#subscribers.delete(subscriber));
    this.#subscribers.add(subscriber);
    return subscriber;
  }

  get subscriberCount(): number {
    return this.#subscribers.size;
  }
}

interface TopicLatest<S> {
  readonly seq: number;
  readonly state: S;
  frame: Buffer | null;
}

interface Subscription {
  /** Kept after an unsubscribe, so that leaving and coming back does not get a slow reader a second unsent message. */
  active: boolean;
  looking: boolean;
  /** The newest state handed to the transport. */
  handedSeq: number;
  unsent: boolean;
}

/** One client's subscriptions. */
export class Subscriber<States extends object> implements Disposable {
  readonly #publisher: Publisher<States>;
  readonly #send: (frame: Buffer, onSent: () => void) => void;
  readonly #onDispose: () => void;
  readonly #subscriptions = new Map<keyof States, Subscription>();
  #disposed = false;

  constructor(publisher: Publisher<States>, send: (frame: Buffer, onSent: () => void) => void, onDispose: () => void) {
    this.#publisher = publisher;
    this.#send = send;
    this.#onDispose = onDispose;
  }

  /** Begins with the latest state at once. Again for the same topic: only `looking` changes. */
  subscribe(topic: keyof States, looking: boolean): number {
    if (this.#disposed) return this.#publisher.seq(topic);
    const present = this.#subscriptions.get(topic);
    if (present === undefined) {
      this.#subscriptions.set(topic, { active: true, looking, handedSeq: 0, unsent: false });
    } else {
      if (!present.active) present.handedSeq = 0;
      present.active = true;
      present.looking = looking;
    }
    this.offer(topic);
    return this.#publisher.seq(topic);
  }

  unsubscribe(topic: keyof States): void {
    const subscription = this.#subscriptions.get(topic);
    if (subscription !== undefined) subscription.active = false;
  }

  /** Somebody sees what this client is sent. */
  get looking(): boolean {
    for (const subscription of this.#subscriptions.values())
      if (subscription.active && subscription.looking) return true;
    return false;
  }

  /** Sends the latest state of a topic unless it has been handed over, or another message of it is still unsent. */
  offer(topic: keyof States): void {
    const subscription = this.#subscriptions.get(topic);
    if (subscription === undefined || !subscription.active || subscription.unsent) return;
    const latest = this.#publisher.latest(topic);
    if (latest === null || latest.seq <= subscription.handedSeq) return;
    subscription.handedSeq = latest.seq;
    subscription.unsent = true;
    this.#send(latest.frame, () => {
      subscription.unsent = false;
      this.offer(topic);
    });
  }

  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    this.#subscriptions.clear();
    this.#onDispose();
  }
}
