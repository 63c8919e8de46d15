import * as z from "zod/mini";
import type { Coded } from "../common/errors.ts";

/**
 * Doors for programs that are none of ours: figures read over HTTP, and figures pushed to a collector. Both are off until
 * the operator opens them. In zod's small form, because the editor checks its settings against the configuration.
 */

/** The only address that the HTTP door is ever bound to. */
export const DOOR_ADDRESS = "127.0.0.1";

const path = z.string().check(
  z.maxLength(4096),
  z.refine((text) => text === "" || /^(?:\/|[A-Za-z]:[\\/]|\\\\)/.test(text), "use an absolute path"),
);
const whole = (min: number, max: number) => z.int().check(z.gte(min), z.lte(max));

export const httpDoor = z.strictObject({
  enabled: z._default(z.boolean(), false),
  port: z._default(whole(1024, 65_535), 9464),
  /** Owner-only file with the bearer token; empty: `metrics.token` in the runtime folder, made when it is not there. */
  tokenFile: z._default(path, ""),
  /** A series for each agent too, for at most 200 of them. */
  agentSeries: z._default(z.boolean(), false),
});
export type HttpDoorPolicy = z.infer<typeof httpDoor>;

export const otlpPush = z.strictObject({
  /** Where metrics are posted, as OTLP over HTTP in JSON (`…/v1/metrics`); empty: nowhere. */
  endpoint: z._default(
    z.string().check(
      z.maxLength(2048),
      z.refine((text) => endpointProblem(text) === null, {
        error: (issue) => endpointProblem(String(issue.input)) ?? "not an endpoint",
      }),
    ),
    "",
  ),
  /** Owner-only file of further headers, `Name: value` a line: where a key belongs. */
  headersFile: z._default(path, ""),
  intervalSeconds: z._default(whole(5, 3600), 60),
  timeoutSeconds: z._default(whole(1, 60), 10),
});
export type OtlpPolicy = z.infer<typeof otlpPush>;

export const doorsPolicy = z.strictObject({ http: z.prefault(httpDoor, {}), otlp: z.prefault(otlpPush, {}) });
export type DoorsPolicy = z.infer<typeof doorsPolicy>;

/** Why nothing may be pushed there; `null` when it may, and for the empty text, which means nowhere. */
export function endpointProblem(text: string): string | null {
  if (text === "") return null;
  if (!URL.canParse(text)) return "not a URL: use one such as http://127.0.0.1:4318/v1/metrics";
  const { protocol, hostname, username, password, search, hash } = new URL(text);
  if (username !== "" || password !== "") return "a URL may hold no name or password: put them into headersFile";
  if (search !== "" || hash !== "") return "a URL may have no query: put keys into headersFile";
  if (protocol === "https:") return null;
  if (protocol !== "http:") return "use https, or http to this machine";
  return isLoopback(hostname) ? null : "http goes to this machine only: use https";
}

/** `localhost`, 127.0.0.0/8 and ::1, as `URL` writes them: other spellings of an address have been put right by then. */
function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname === "[::1]" || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(hostname);
}

// How the doors stand --------------------------------------------------------------------------------------------

export type HttpDoorState =
  | { readonly kind: "off" }
  | {
      readonly kind: "open";
      readonly address: string;
      readonly port: number;
      readonly sinceMs: number;
      /** Where the token lies; never the token. */
      readonly tokenFile: string;
      readonly answered: number;
      /** Whatever did not get through: token, host, method, a broken request, too many at once. */
      readonly refused: number;
      readonly lastAnswerMs: number | null;
    }
  /** Wanted, and not open; tried again at `retryAtMs`. */
  | { readonly kind: "failed"; readonly sinceMs: number; readonly reason: Coded; readonly retryAtMs: number };

export type PushOutcome =
  | { readonly kind: "taken" }
  /** Taken but for so many data points. */
  | { readonly kind: "partial"; readonly rejected: number }
  | { readonly kind: "failed"; readonly reason: Coded };

export interface Push {
  readonly atMs: number;
  readonly tookMs: number;
  readonly bytes: number;
  readonly outcome: PushOutcome;
}

export type OtlpState =
  | { readonly kind: "off" }
  | {
      readonly kind: "on";
      readonly endpoint: string;
      readonly sinceMs: number;
      readonly intervalMs: number;
      readonly taken: number;
      readonly failed: number;
      /** Not sent, because a newer state was there first or the breaker was open. */
      readonly skipped: number;
      readonly breaker: "closed" | "open" | "halfOpen";
      /** `null` before the first. */
      readonly last: Push | null;
    };

export interface DoorsState {
  readonly wallMs: number;
  readonly http: HttpDoorState;
  readonly otlp: OtlpState;
}

/** Doors without where they lead to: no address of a collector, no path of a file. */
export interface DiagnosticDoors {
  readonly http: {
    readonly state: "off" | "open" | "failed";
    readonly port: number | null;
    readonly sinceMs: number | null;
    readonly answered: number | null;
    readonly refused: number | null;
    readonly problem: Coded | null;
  };
  readonly otlp: {
    readonly state: "off" | "on";
    readonly intervalMs: number | null;
    readonly taken: number | null;
    readonly failed: number | null;
    readonly breaker: string | null;
    readonly lastPushMs: number | null;
    readonly problem: Coded | null;
  };
}

/** How the same figures can be written. */
export const METRIC_FORMATS = ["prometheus", "openmetrics", "otlp"] as const;
export type MetricFormat = (typeof METRIC_FORMATS)[number];

export interface MetricsText {
  readonly format: MetricFormat;
  readonly contentType: string;
  readonly text: string;
}
