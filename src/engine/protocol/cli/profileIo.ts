import * as z from "zod";
import { FILE_ACCESSES, LATENCY_KINDS } from "../profilingIo.ts";
import { coded } from "./parts.ts";

const requests = z.object({
  perSecond: z.number(),
  meanBytes: z.number().nullable(),
  awaitMs: z.number().nullable().describe("From queued to done"),
});

const figures = {
  timed: z.int(),
  p50Ms: z.number(),
  p95Ms: z.number(),
  maxMs: z.number(),
  totalMs: z.number(),
};

/** What a process reads and writes, and what it waits for there. */
export const io = z.object({
  lookedMs: z.number(),
  readBytesPerSecond: z.number(),
  writeBytesPerSecond: z.number(),
  readCallBytesPerSecond: z.number(),
  writeCallBytesPerSecond: z.number(),
  readCallsPerSecond: z.number(),
  writeCallsPerSecond: z.number(),
  disks: z
    .array(
      z.object({
        name: z.string(),
        readBytesPerSecond: z.number(),
        writeBytesPerSecond: z.number(),
        utilisationRatio: z.number(),
        awaitMs: z.number().nullable(),
        reads: requests,
        writes: requests,
        queueDepth: z.number().nullable().describe("Requests under way, on the mean"),
      }),
    )
    .readonly()
    .describe("Of the machine, whoever used them"),
  files: z
    .array(
      z.object({
        path: z.string(),
        access: z.enum(FILE_ACCESSES),
        bytesPerSecond: z.number().nullable().describe("By which its positions moved on (derived)"),
        grownBytesPerSecond: z.number().nullable(),
        movedLooks: z.int(),
        looks: z.int(),
        disk: z.string().nullable(),
      }),
    )
    .readonly()
    .describe("Open files of the process that moved, the most first"),
  descriptors: z
    .object({
      open: z.int().nullable(),
      looked: z.int(),
      files: z.int(),
      sockets: z.int(),
      pipes: z.int(),
      others: z.int(),
    })
    .nullable(),
  links: z
    .array(
      z.object({
        name: z.string(),
        receiveBytesPerSecond: z.number(),
        transmitBytesPerSecond: z.number(),
        receivePackets: z.number(),
        transmitPackets: z.number(),
        receiveErrors: z.number(),
        transmitErrors: z.number(),
        receiveDrops: z.number(),
        transmitDrops: z.number(),
      }),
    )
    .readonly()
    .describe("Of the process's network, whoever used them"),
  sockets: z
    .object({
      states: z.array(z.object({ state: z.string(), count: z.int() })).readonly(),
      remotes: z
        .array(
          z.object({
            direction: z.enum(["in", "out"]),
            address: z.string().nullable(),
            port: z.int(),
            connections: z.int(),
            receiveQueueBytes: z.number(),
            sendQueueBytes: z.number(),
          }),
        )
        .readonly(),
      receiveQueueBytes: z.number().describe("Received and not read yet, the most that was seen"),
      sendQueueBytes: z.number().describe("Sent and not confirmed yet, the most that was seen"),
      retransmitting: z.int(),
      looks: z.int(),
      cut: z.boolean(),
    })
    .nullable()
    .describe("TCP sockets of the process itself"),
  retransmits: z
    .object({
      retransmittedSegments: z.number(),
      sentSegments: z.number(),
      ratio: z.number().nullable(),
      timeouts: z.number().nullable(),
    })
    .nullable()
    .describe("Of the whole network namespace, whoever sent it"),
  latency: z
    .array(
      z.object({
        kind: z.enum(LATENCY_KINDS),
        count: z.int(),
        ...figures,
        watchedRatio: z.number().describe("Share of the time in which they were looked for"),
        parts: z.array(z.object({ name: z.string(), ...figures })).readonly(),
        slowest: z.array(z.object({ what: z.string(), ms: z.number() })).readonly(),
        callers: z
          .array(
            z.object({
              name: z.string(),
              file: z.string(),
              line: z.int().nullable(),
              ratio: z.number(),
              operations: z.array(z.string()).readonly(),
            }),
          )
          .readonly()
          .describe("Functions that called for files, by their share of the time of these calls"),
      }),
    )
    .readonly()
    .nullable()
    .describe("As Node itself measures it"),
  latencyReason: coded.nullable(),
});
