/** What a server may send at once and, after that, each second: far above what one that only answers ever needs. */
export interface IntakeRates {
  readonly bytes: { readonly burst: number; readonly perSecond: number };
  readonly messages: { readonly burst: number; readonly perSecond: number };
}

const RATES: IntakeRates = {
  bytes: { burst: 16 << 20, perSecond: 2 << 20 },
  messages: { burst: 5_000, perSecond: 500 },
};

/** Two token buckets: a server that never stops talking must not keep the engine from its own work. */
export class IntakeLimit {
  readonly #rates: IntakeRates;
  readonly #nowMs: () => number;
  #bytes: number;
  #messages: number;
  #atMs: number;

  constructor(nowMs: () => number = () => performance.now(), rates: IntakeRates = RATES) {
    this.#nowMs = nowMs;
    this.#rates = rates;
    this.#bytes = rates.bytes.burst;
    this.#messages = rates.messages.burst;
    this.#atMs = nowMs();
  }

  /** Takes what has come. @returns `false` once it is more than there was room for */
  take(bytes: number, messages: number): boolean {
    const now = this.#nowMs();
    const seconds = Math.max(0, now - this.#atMs) / 1_000;
    this.#atMs = now;
    const { bytes: b, messages: m } = this.#rates;
    this.#bytes = Math.min(b.burst, this.#bytes + seconds * b.perSecond) - bytes;
    this.#messages = Math.min(m.burst, this.#messages + seconds * m.perSecond) - messages;
    return this.#bytes >= 0 && this.#messages >= 0;
  }
}
