import type { Clock } from "../../common/clock.ts";
import type { Disposable } from "../../common/disposable.ts";
import { type Coded, messageOf, toCoded } from "../../common/errors.ts";
import type { Log } from "../../ports.ts";
import { DOOR_ADDRESS, type HttpDoorPolicy, type HttpDoorState } from "../../protocol/doors.ts";
import { HttpDoor, type Page } from "./httpDoor.ts";
import { ownToken, readTokenFile } from "./secretFile.ts";

export interface HttpDoorKeeperParts {
  readonly ownTokenFile: string;
  readonly pages: ReadonlyMap<string, Page>;
  readonly clock: Clock;
  readonly log: Log;
  readonly notice: (notice: Coded) => void;
  readonly setTimer: (callback: () => void, ms: number) => Disposable;
}

/** A door that could not be opened is tried again after this. */
const RETRY_MS = 30_000;
/** A token that was exchanged or taken away counts at the latest after this. */
const TOKEN_MS = 2_000;
/** Whoever reads figures reads them more often than this. */
const IN_USE_MS = 300_000;
/** One log record a reason in this time, however many come. */
const REFUSAL_LOG_MS = 10_000;

interface Open {
  readonly door: HttpDoor;
  readonly sinceMs: number;
  readonly tokenFile: string;
  answered: number;
  refused: number;
  lastAnswerMs: number | null;
}

/** Opens and shuts the HTTP door, and keeps its token and its counts. One change after the other. */
export class HttpDoorKeeper implements Disposable {
  readonly #parts: HttpDoorKeeperParts;
  #policy: HttpDoorPolicy | null = null;
  #open: Open | null = null;
  #failed: Extract<HttpDoorState, { kind: "failed" }> | null = null;
  #retry: Disposable | null = null;
  #work: Promise<void> = Promise.resolve();
  #token: { readonly value: string | null; readonly readMs: number } | null = null;
  readonly #logged = new Map<string, { atMs: number; more: number }>();
  #usedMs = Number.NEGATIVE_INFINITY;
  #isOver = false;

  constructor(parts: HttpDoorKeeperParts) {
    this.#parts = parts;
  }

  state(): HttpDoorState {
    if (this.#open !== null) {
      const { door, sinceMs, tokenFile, answered, refused, lastAnswerMs } = this.#open;
      return {
        kind: "open",
        address: DOOR_ADDRESS,
        port: door.port,
        sinceMs,
        tokenFile,
        answered,
        refused,
        lastAnswerMs,
      };
    }
    return this.#failed ?? { kind: "off" };
  }

  /** Somebody with the token asks for figures from time to time. */
  get isInUse(): boolean {
    return this.#open !== null && this.#parts.clock.monotonicMs() - this.#usedMs < IN_USE_MS;
  }

  follow(policy: HttpDoorPolicy): void {
    this.#policy = policy;
    this.#renew();
  }

  /** Settles when what was asked for so far is done. */
  async settled(): Promise<void> {
    await this.#work;
  }

  dispose(): void {
    this.#isOver = true;
    this.#retry?.dispose();
    const open = this.#open;
    this.#open = null;
    void open?.door.close();
  }

  #renew(): void {
    this.#retry?.dispose();
    this.#retry = null;
    this.#work = this.#work.then(() => this.#change());
  }

  /** Never rejects. */
  async #change(): Promise<void> {
    const { clock, log, notice, setTimer } = this.#parts;
    const open = this.#open;
    this.#open = null;
    await open?.door.close();
    const policy = this.#policy;
    if (this.#isOver || policy === null || !policy.enabled) {
      if (open !== null) log.info("door.closed", { port: open.door.port });
      this.#failed = null;
      return;
    }
    try {
      const opened = await this.#openDoor(policy);
      // Shut while it was being opened.
      if (this.#isOver) {
        await opened.door.close();
        return;
      }
      this.#open = opened;
      this.#failed = null;
      log.info("door.opened", { port: opened.door.port });
    } catch (error) {
      const reason = toCoded(error);
      const isNews = this.#failed === null || this.#failed.reason.code !== reason.code;
      const wallMs = clock.wallMs();
      this.#failed = {
        kind: "failed",
        sinceMs: this.#failed?.sinceMs ?? wallMs,
        reason,
        retryAtMs: wallMs + RETRY_MS,
      };
      if (isNews) notice(reason);
      this.#retry = setTimer(() => this.#renew(), RETRY_MS);
    }
  }

  async #openDoor(policy: HttpDoorPolicy): Promise<Open> {
    const { pages, clock, log, ownTokenFile } = this.#parts;
    const tokenFile = policy.tokenFile === "" ? ownTokenFile : policy.tokenFile;
    // Read now, so that a door nobody could pass is not opened.
    const value = policy.tokenFile === "" ? ownToken(ownTokenFile) : readTokenFile(tokenFile);
    this.#token = { value, readMs: clock.monotonicMs() };
    const door = await HttpDoor.open({
      port: policy.port,
      pages,
      token: () => this.#currentToken(tokenFile, policy.tokenFile === ""),
      nowMs: () => clock.monotonicMs(),
      onAnswered: (page) => {
        if (this.#open === null) return;
        this.#open.answered++;
        this.#open.lastAnswerMs = clock.wallMs();
        // Whoever has no token must not be able to keep an engine that nobody needs.
        if (!page.open) this.#usedMs = clock.monotonicMs();
      },
      onRefused: (why) => {
        if (this.#open !== null) this.#open.refused++;
        this.#logRefusal(why);
      },
      onFailed: (error) => log.error("door.failed", { reason: messageOf(error) }),
    });
    return { door, sinceMs: clock.wallMs(), tokenFile, answered: 0, refused: 0, lastAnswerMs: null };
  }

  /** A file that is gone, or that others may read by now, shuts everybody out: it is how an operator takes access away. */
  #currentToken(tokenFile: string, ownOnly: boolean): string | null {
    const { clock, notice } = this.#parts;
    const nowMs = clock.monotonicMs();
    if (this.#token !== null && nowMs - this.#token.readMs < TOKEN_MS) return this.#token.value;
    let value: string | null = null;
    try {
      // Our own is made anew, and the old one is worth nothing.
      value = ownOnly ? ownToken(tokenFile) : readTokenFile(tokenFile);
    } catch (error) {
      if (this.#token?.value !== null) notice(toCoded(error));
    }
    this.#token = { value, readMs: nowMs };
    return value;
  }

  #logRefusal(why: string): void {
    const nowMs = this.#parts.clock.monotonicMs();
    const logged = this.#logged.get(why);
    if (logged !== undefined && nowMs - logged.atMs < REFUSAL_LOG_MS) {
      logged.more++;
      return;
    }
    this.#parts.log.warn("door.refused", { reason: why, count: 1 + (logged?.more ?? 0) });
    this.#logged.set(why, { atMs: nowMs, more: 0 });
  }
}
