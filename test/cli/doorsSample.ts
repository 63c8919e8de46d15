import type { AgentCapacity } from "../../src/engine/protocol/agentCapacity.ts";
import type { DoorsState } from "../../src/engine/protocol/doors.ts";
import { agentCapacityOf } from "../../src/engine/serve/doors/agentCapacity.ts";
import { guardSample } from "../engine/serve/doors/facts.ts";
import { NOW_MS, overviewSample } from "./samples.ts";

export const doorsSample = (): DoorsState => ({
  wallMs: NOW_MS,
  http: {
    kind: "open",
    address: "127.0.0.1",
    port: 9464,
    sinceMs: NOW_MS - 7_200_000,
    tokenFile: "/run/user/1000/swarm-allocator/metrics.token",
    answered: 480,
    refused: 2,
    lastAnswerMs: NOW_MS - 12_000,
  },
  otlp: {
    kind: "on",
    endpoint: "http://127.0.0.1:4318/v1/metrics",
    sinceMs: NOW_MS - 7_200_000,
    intervalMs: 60_000,
    taken: 118,
    failed: 2,
    skipped: 0,
    breaker: "closed",
    last: { atMs: NOW_MS - 31_000, tookMs: 14, bytes: 21_400, outcome: { kind: "taken" } },
  },
});

export const failedDoorsSample = (): DoorsState => ({
  wallMs: NOW_MS,
  http: {
    kind: "failed",
    sinceMs: NOW_MS - 60_000,
    reason: { code: "door.portInUse", args: { port: 9464 } },
    retryAtMs: NOW_MS + 12_000,
  },
  otlp: {
    kind: "on",
    endpoint: "https://collector.example/v1/metrics",
    sinceMs: NOW_MS - 600_000,
    intervalMs: 60_000,
    taken: 0,
    failed: 4,
    skipped: 5,
    breaker: "open",
    last: {
      atMs: NOW_MS - 300_000,
      tookMs: 40,
      bytes: 21_400,
      outcome: { kind: "failed", reason: { code: "otlp.refused", args: { status: 401 } } },
    },
  },
});

export const agentCapacitySample = (): AgentCapacity =>
  agentCapacityOf({ overview: overviewSample(), guard: guardSample(), agentType: () => "worker" });
