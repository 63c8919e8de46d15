import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admit, type AskedRequest } from "../../../../src/engine/serve/doors/admission.ts";

const TOKEN = "right-token-0123456789abcdefghijklmnopqrstuvwxyz";
const lock = {
  port: 9464,
  token: TOKEN,
  pages: new Map([
    ["/metrics", { open: false }],
    ["/healthz", { open: true }],
  ]),
};
const right: AskedRequest = {
  method: "GET",
  target: "/metrics",
  httpVersion: "1.1",
  rawHeaders: ["Host", "127.0.0.1:9464", "Authorization", `Bearer ${TOKEN}`],
};

/** What programs really send: curl, Prometheus, Node's fetch, Go's and Python's clients. */
const CLIENTS: readonly (readonly string[])[] = [
  ["User-Agent", "curl/8.5.0", "Accept", "*/*"],
  ["User-Agent", "Prometheus/2.42.0", "Accept-Encoding", "gzip", "X-Prometheus-Scrape-Timeout-Seconds", "10"],
  ["connection", "keep-alive", "accept-language", "*", "sec-fetch-mode", "cors", "user-agent", "node"],
  ["User-Agent", "Go-http-client/1.1", "Accept-Encoding", "gzip"],
  ["User-Agent", "python-requests/2.31", "Accept-Encoding", "gzip, deflate", "Connection", "keep-alive"],
  ["Content-Length", "0"],
  ["If-None-Match", 'W/"abc"', "Cache-Control", "no-cache"],
];

describe("a request that is right", () => {
  test.each(CLIENTS)("gets in with %s %s …", (...headers) => {
    expect(admit({ ...right, rawHeaders: [...right.rawHeaders, ...headers] }, lock)).toMatchObject({
      kind: "admitted",
    });
  });

  test("gets in under both names of this machine, and with the token in any case of its scheme", () => {
    for (const host of ["127.0.0.1:9464", "localhost:9464"])
      for (const scheme of ["Bearer", "bearer", "BEARER"])
        expect(
          admit({ ...right, rawHeaders: ["Host", host, "Authorization", `${scheme} ${TOKEN}`] }, lock),
        ).toMatchObject({ kind: "admitted", page: "/metrics" });
  });
});

test("whatever else a request is, it is refused with a status and a fixed word, and nothing throws", () => {
  const text = fc.oneof(
    fc.string({ unit: "binary", maxLength: 60 }),
    fc.constantFrom(
      "GET",
      "/metrics",
      "/healthz",
      "1.1",
      "1.0",
      "Host",
      "127.0.0.1:9464",
      "localhost:9464",
      `Bearer ${TOKEN}`,
    ),
    fc.constantFrom(
      "Authorization",
      "Origin",
      "Transfer-Encoding",
      "Content-Length",
      "__proto__",
      "constructor",
      "0",
      "",
    ),
  );
  const request = fc.record({
    method: fc.oneof(fc.constant("GET"), text),
    target: fc.oneof(fc.constant("/metrics"), text),
    httpVersion: fc.oneof(fc.constant("1.1"), text),
    rawHeaders: fc.oneof(fc.constant(right.rawHeaders), fc.array(text, { maxLength: 20 })),
  });
  const words = new Set<string>();
  fc.assert(
    fc.property(request, (asked) => {
      const verdict = admit(asked, lock);
      if (verdict.kind === "admitted") {
        // Said once more, by other means.
        expect([asked.method, asked.httpVersion]).toEqual(["GET", "1.1"]);
        expect(["/metrics", "/healthz"]).toContain(asked.target);
        if (asked.target === "/metrics")
          expect(asked.rawHeaders.join("\n")).toMatch(/authorization\nbearer right-token/i);
        expect(asked.rawHeaders.join("\n")).toMatch(/host\n(?:127\.0\.0\.1|localhost):9464/i);
        return;
      }
      words.add(verdict.why);
      expect(verdict.status).toBeGreaterThanOrEqual(400);
      expect(verdict.status).toBeLessThan(600);
    }),
    { numRuns: 20_000 },
  );
  expect(words.size).toBeLessThan(20);
});
