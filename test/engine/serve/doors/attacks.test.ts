import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { CONNECTION_MS, HttpDoor, MAX_CONNECTIONS, type Page } from "../../../../src/engine/serve/doors/httpDoor.ts";

/**
 * Row 18: what reaches a loopback port from other programs and from pages in a browser. Every case goes over a real
 * socket, byte for byte; refused means that no page was run and nothing of it was told.
 */
const TOKEN = "right-token-0123456789abcdefghijklmnopqrstuvwxyz";
const FIGURES = "swarm_allocator_secret_figure 42";

let door: HttpDoor;
let ran: string[] = [];
let refusals: string[] = [];
let token: string | null = TOKEN;
const page = (name: string, open = false): [string, Page] => [
  name,
  {
    open,
    answer: () => {
      ran.push(name);
      return { status: 200, type: "text/plain", body: open ? "ok\n" : `${FIGURES}\n` };
    },
  },
];
const pages = new Map<string, Page>([page("/metrics"), page("/v1/capacity"), page("/healthz", true)]);

beforeAll(async () => {
  let now = 0;
  door = await HttpDoor.open({
    port: 0,
    pages,
    token: () => token,
    onAnswered: () => undefined,
    onRefused: (why) => refusals.push(why),
    onFailed: (error) => {
      throw error;
    },
    // Time enough passes between two connections that none is one too many.
    nowMs: () => (now += 1_000),
  });
});
afterAll(() => door.close());
afterEach(() => {
  ran = [];
  refusals = [];
  token = TOKEN;
});

/** Sends bytes and reads until the other end is done. */
async function send(bytes: string | Buffer | readonly (string | Buffer)[]): Promise<string> {
  const socket = connect(door.port, "127.0.0.1");
  const got: Buffer[] = [];
  socket.on("data", (chunk: Buffer) => got.push(chunk));
  socket.on("error", () => undefined);
  await once(socket, "connect");
  for (const part of Array.isArray(bytes) ? (bytes as (string | Buffer)[]) : [bytes as string | Buffer])
    socket.write(part);
  await once(socket, "close");
  return Buffer.concat(got).toString("latin1");
}

interface Wish {
  readonly method?: string;
  readonly target?: string;
  readonly version?: string;
  readonly host?: string | null;
  readonly authorization?: string | null;
  readonly more?: readonly string[];
  readonly body?: string;
}

function request({
  method = "GET",
  target = "/metrics",
  version = "HTTP/1.1",
  host = `127.0.0.1:${door.port}`,
  authorization = `Bearer ${TOKEN}`,
  more = [],
  body = "",
}: Wish = {}): string {
  const lines = [
    `${method} ${target} ${version}`,
    ...(host === null ? [] : [`Host: ${host}`]),
    ...(authorization === null ? [] : [`Authorization: ${authorization}`]),
    ...more,
  ];
  return `${lines.join("\r\n")}\r\n\r\n${body}`;
}

const wishes = (all: readonly (readonly [string, Wish])[]): [string, () => string][] =>
  all.map(([name, wish]) => [name, () => request(wish)]);

const hosts = [
  ...["evil.example", "evil.example:9464", "127.0.0.1", "localhost", "127.0.0.1:80", "127.0.0.1:1", "0.0.0.0", "[::1]"],
  ...["127.0.0.1.evil.example", "localhost.evil.example", "127.0.0.1.nip.io", "LOCALHOST", "127.1", "2130706433"],
  ...["0x7f.0.0.1", "017700000001", "127.0.0.1:PORT@evil.example", "evil.example@127.0.0.1:PORT", "127.0.0.1:PORT."],
  ...["127.0.0.1:0PORT", "127.0.0.1: PORT", "user@127.0.0.1:PORT", "127.0.0.2:PORT", "[::ffff:127.0.0.1]:PORT"],
  ...["[::1]:PORT", "0.0.0.0:PORT", "127.0.0.1:PORT/", "127.0.0.1:PORT#", "127.0.0.1:PORT,evil.example", "*", ""],
  ...[
    "localhost.:PORT",
    "LocalHost:PORT",
    "127.0.0.01:PORT",
    "127.0.0.1%00:PORT",
    "http://127.0.0.1:PORT",
    "ip6-localhost:PORT",
  ],
];
const methods = [
  ...["POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE"],
  ...[
    "LOCK",
    "UNLOCK",
    "SEARCH",
    "PURGE",
    "REPORT",
    "MERGE",
    "LINK",
    "UNLINK",
    "SUBSCRIBE",
    "NOTIFY",
    "SOURCE",
    "QUERY",
  ],
  ...["get", "Get", "GETT", "GE T", "G\u0000ET", "M-SEARCH", "CONNECT", "PRI", "_GET", "GET,POST", "\u202eGET", "BREW"],
];
const targets = [
  ...[
    "/",
    "/metrics/",
    "//metrics",
    "/./metrics",
    "/metrics/.",
    "/metrics/..",
    "/metrics/../metrics",
    "/METRICS",
    "/Metrics",
  ],
  ...[
    "/metrics?",
    "/metrics?x=1",
    "/metrics?token=x",
    "/metrics#x",
    "/metrics;x",
    "/metrics%00",
    "/%6detrics",
    "/metrics%20",
  ],
  ...[
    "/..%2fmetrics",
    "/%2e%2e/metrics",
    "/..;/metrics",
    "/..%5cmetrics",
    "/..%c0%afmetrics",
    "/....//metrics",
    "/%2fmetrics",
  ],
  ...[
    "/../../etc/passwd",
    "/etc/passwd",
    "/..%2f..%2fetc%2fpasswd",
    "/metrics/../../etc/passwd",
    "/v1/capacity/",
    "/v1/../metrics",
  ],
  ...[
    "/v1/capacity?x",
    "/V1/capacity",
    "/v1",
    "/v1/",
    "/v2/capacity",
    "/endpoint.json",
    "/metrics.token",
    "/config.json",
    "/swarm.db",
  ],
  ...["metrics", "*", "http://127.0.0.1:PORT/metrics", "http://evil.example/metrics", "https://127.0.0.1:PORT/metrics"],
  ...[
    "//evil.example/metrics",
    "file:///etc/passwd",
    "127.0.0.1:443",
    "/metrics\\",
    "\\metrics",
    "/\\metrics",
    "/metrics%0d%0aX:1",
  ],
  ...[
    "/tasks/submit",
    "/swarm/scale",
    "/engine/stop",
    "/rpc",
    "/mcp",
    "/sse",
    "/.git/config",
    "/favicon.ico",
    "/robots.txt",
  ],
  ...[
    "/healthz?x",
    "/healthz/",
    "/healthz/../metrics",
    "/healthz%2f..%2fmetrics",
    "/healthz;/metrics",
    "/HEALTHZ",
    "/metrics /x",
  ],
  ...[`/${"a".repeat(7_000)}`, `/${"../".repeat(500)}etc/passwd`, `/metrics?${"a=1&".repeat(1_000)}`],
];
const tokens = [
  ...[
    null,
    "",
    "Bearer",
    "Bearer ",
    "Bearer  ",
    "bearer",
    `Basic ${TOKEN}`,
    `Token ${TOKEN}`,
    TOKEN,
    `Bearer ${TOKEN}x`,
  ],
  ...[`Bearer ${TOKEN.slice(0, -1)}`, `Bearer x${TOKEN}`, `Bearer ${TOKEN.toUpperCase()}`, `Bearer ${TOKEN} ${TOKEN}`],
  ...[
    `Bearer ${TOKEN},${TOKEN}`,
    `Bearer "${TOKEN}"`,
    "Bearer null",
    "Bearer undefined",
    "Bearer ' OR '1'='1",
    "Bearer *",
  ],
  ...[
    "Bearer __proto__",
    `Bearer ${"a".repeat(600)}`,
    `Bearer ${"a".repeat(5_000)}`,
    `Bearer\t${TOKEN}`,
    `Bearer=${TOKEN}`,
  ],
  ...[
    `Digest ${TOKEN}`,
    `Negotiate ${TOKEN}`,
    `Bearer ${Buffer.from(TOKEN).toString("base64")}`,
    `Bearer ${TOKEN};`,
    "Bearer \u00e9",
  ],
];
/** Beside everything that is right. */
const extras: readonly (readonly string[])[] = [
  ...[
    "null",
    "http://evil.example",
    "https://evil.example",
    "http://127.0.0.1:PORT",
    "http://localhost:PORT",
    "file://",
  ].map((origin) => [`Origin: ${origin}`]),
  ...["chrome-extension://abcdef", "vscode-webview://x", "*", ""].map((origin) => [`Origin: ${origin}`]),
  ...["cross-site", "same-site", "same-origin", "none", "x"].map((site) => [`Sec-Fetch-Site: ${site}`]),
  ["Sec-Fetch-Mode: no-cors", "Sec-Fetch-Site: cross-site"],
  ["Sec-Fetch-Dest: image"],
  ["Referer: http://evil.example/"],
  ["Cookie: a=b"],
  ["Access-Control-Request-Method: GET"],
  ["X-HTTP-Method-Override: DELETE"],
  ["X-Method-Override: POST"],
  ["X-HTTP-Method: PUT"],
  ["X-Original-URL: /admin"],
  ["X-Rewrite-URL: /admin"],
  ["X-Forwarded-Host: evil.example"],
  ["X-Forwarded-For: 10.0.0.1"],
  ["Forwarded: for=10.0.0.1"],
  ["Via: 1.1 proxy"],
  ["Proxy-Authorization: Basic eA=="],
  ["Upgrade: websocket", "Connection: Upgrade"],
  ["Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__"],
  ["Expect: 100-continue"],
  ["Expect: 200-ok"],
  ["Host: 127.0.0.1:PORT"],
  ["Host: evil.example"],
  ["host: evil.example"],
  ["Authorization: Bearer wrong"],
  [`authorization: Bearer ${TOKEN}`],
  ["Accept: a", "Accept: b"],
  ["Content-Length: 5"],
  ["Content-Length: 0", "Content-Length: 0"],
  ["Content-Length: 0, 0"],
  ["Content-Length: -1"],
  ["Content-Length: +0"],
  ["Content-Length: 0x0"],
  ["Content-Length: 99999999999999999999"],
  ["Transfer-Encoding: chunked"],
  ["Transfer-Encoding: identity"],
  ["Transfer-Encoding: gzip, chunked"],
  ["Transfer-Encoding: xchunked"],
  ["Transfer-Encoding : chunked"],
  ["Transfer-Encoding:\tchunked"],
  ["Transfer-Encoding: chunked", "Content-Length: 0"],
  ["Content-Length: 0", "Transfer-Encoding: chunked"],
  ["Trailer: X"],
  [" X-Folded: 1"],
  ["X-Fold: a\r\n b"],
  ["X-Null: a\u0000b"],
  ["X-Lone: a\rb"],
  ["No colon here"],
  [": no name"],
  ["X Y: space in the name"],
  [`X-Long: ${"a".repeat(9_000)}`],
  Array.from({ length: 60 }, (_, i) => `X-Many-${i}: 1`),
  Array.from({ length: 2_100 }, (_, i) => `X${i}:1`),
];

const filled = (text: string) => text.replaceAll("PORT", String(door.port));

const cases: [string, () => string | readonly (string | Buffer)[]][] = [
  ...hosts.map((host): [string, () => string] => [`host ${host}`, () => request({ host: filled(host) })]),
  ...wishes([["no host", { host: null }]]),
  ...methods.map((method): [string, () => string] => [`method ${JSON.stringify(method)}`, () => request({ method })]),
  ...targets.map((target): [string, () => string] => [
    `target ${JSON.stringify(target).slice(0, 60)}`,
    () => request({ target: filled(target) }),
  ]),
  ...tokens.map((authorization): [string, () => string] => [
    `authorization ${JSON.stringify(authorization).replace(TOKEN, "TOKEN").slice(0, 60)} (${authorization?.length ?? 0})`,
    () => request({ authorization }),
  ]),
  ...extras.map((more): [string, () => string] => [
    `with ${JSON.stringify(more).slice(0, 60)}`,
    () => request({ more: more.map(filled) }),
  ]),
  ...wishes([
    ["HTTP/1.0", { version: "HTTP/1.0" }],
    ["HTTP/1.0 with keep-alive", { version: "HTTP/1.0", more: ["Connection: keep-alive"] }],
    ["HTTP/0.9", { version: "" }],
    ["HTTP/2.0", { version: "HTTP/2.0" }],
    ["HTTP/1.2", { version: "HTTP/1.2" }],
    ["http/1.1", { version: "http/1.1" }],
    ["HTTP/1.1 twice", { version: "HTTP/1.1 HTTP/1.1" }],
    ["a body", { more: ["Content-Length: 4"], body: "abcd" }],
    ["a chunked body", { more: ["Transfer-Encoding: chunked"], body: "4\r\nabcd\r\n0\r\n\r\n" }],
    ["a body nobody announced", { body: "abcd" }],
    ["a smuggled request in a body", { more: ["Content-Length: 30"], body: "GET /v1/capacity HTTP/1.1\r\n\r\n" }],
    ["CL.TE", { more: ["Content-Length: 6", "Transfer-Encoding: chunked"], body: "0\r\n\r\nG" }],
    ["TE.CL", { more: ["Transfer-Encoding: chunked", "Content-Length: 3"], body: "8\r\nSMUGGLED\r\n0\r\n\r\n" }],
    ["an open page with a wrong host", { target: "/healthz", host: "evil.example" }],
    ["an open page from a web page", { target: "/healthz", more: ["Origin: http://evil.example"] }],
    ["an open page by POST", { target: "/healthz", method: "POST" }],
  ]),
  ["two requests at once", () => request() + request()],
  ["three requests at once", () => request() + request() + request({ target: "/v1/capacity" })],
  ["an open page, then figures", () => request({ target: "/healthz", authorization: null }) + request()],
  ["a wrong token, then a right one", () => request({ authorization: "Bearer wrong" }) + request()],
  ["a right one, then garbage", () => `${request()}\u0000\u0001\u0002`],
  ["a right one, then another with the same bytes split", () => [request(), request()]],
  ["bare line feeds", () => request().replaceAll("\r\n", "\n")],
  ["bare carriage returns", () => request().replaceAll("\r\n", "\r")],
  ["TLS", () => [Buffer.from("16030100c8010000c40303", "hex")]],
  ["HTTP/2 by prior knowledge", () => "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"],
  ["a proxy line", () => `PROXY TCP4 10.0.0.1 127.0.0.1 1 2\r\n${request()}`],
  ["empty lines alone", () => "\r\n".repeat(5_000)],
  ["JSON-RPC", () => 'Content-Length: 46\r\n\r\n{"jsonrpc":"2.0","id":1,"method":"engine/stop"}'],
  ["zeros", () => [Buffer.alloc(20_000)]],
  ["a header that never ends", () => `GET /metrics HTTP/1.1\r\nX: ${"a".repeat(100_000)}`],
];

describe("the loopback attack matrix", () => {
  test("has at least 200 cases, each of another kind", () => {
    expect(cases.length).toBeGreaterThanOrEqual(200);
    expect(new Set(cases.map(([name]) => name)).size).toBe(cases.length);
  });

  test("is measured against a request that is right, which gets the figures", async () => {
    const answer = await send(request());
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(answer).toContain(FIGURES);
    expect(answer).not.toMatch(/access-control/i);
    expect(ran).toEqual(["/metrics"]);
    expect(await send(request({ host: `localhost:${door.port}` }))).toContain(FIGURES);
    expect(await send(request({ authorization: `bearer ${TOKEN}` }))).toContain(FIGURES);
  });

  test.each(cases)("refuses %s", async (_name, bytes) => {
    const answer = await send(bytes());
    expect(answer).not.toContain(FIGURES);
    expect(answer).not.toContain(TOKEN);
    expect(ran.filter((one) => one !== "/healthz")).toEqual([]);
    if (!/^(?:|HTTP\/1\.1 [45]\d\d [^\r\n]*\r\n[\s\S]*)$/.test(answer)) expect.fail(answer.slice(0, 300));
    expect(ran).toEqual([]);
    expect(refusals.length).toBeGreaterThan(0);
    // A fixed word, nothing of what was sent.
    for (const why of refusals) expect(why).toMatch(/^[A-Za-z0-9/. ]{3,50}$/);
  });

  test("refuses everybody while the token cannot be read, but tells that it lives", async () => {
    token = null;
    expect(await send(request())).toMatch(/^HTTP\/1\.1 503 /);
    expect(await send(request({ target: "/healthz", authorization: null }))).toMatch(/^HTTP\/1\.1 200 /);
    expect(ran).toEqual(["/healthz"]);
  });

  test("no page of it can be framed, sniffed or cached by a browser", async () => {
    const answer = await send(request());
    for (const header of ["Cache-Control: no-store", "X-Content-Type-Options: nosniff", "default-src 'none'"])
      expect(answer).toContain(header);
  });
});

describe("who is slow", () => {
  const closed = async (socket: Socket) => {
    const began = performance.now();
    socket.on("error", () => undefined);
    socket.resume();
    await once(socket, "close");
    return performance.now() - began;
  };

  test("in sending is cut off, and others are answered meanwhile", async () => {
    const slow = Array.from({ length: MAX_CONNECTIONS - 2 }, () => connect(door.port, "127.0.0.1"));
    const ends = Promise.all(slow.map(closed));
    const drips = slow.map((socket, i) => {
      socket.write(i % 3 === 0 ? "" : "GET /metrics HTTP/1.1\r\nHost: x\r\nX-a: ");
      return setInterval(() => socket.writable && i % 2 === 0 && socket.write("a"), 200);
    });
    expect(await send(request())).toContain(FIGURES);
    const times = await ends;
    for (const drip of drips) clearInterval(drip);
    expect(Math.max(...times)).toBeLessThan(CONNECTION_MS + 2_000);
    expect(ran).toEqual(["/metrics"]);
  });

  test("in reading is cut off", async () => {
    const large = "x".repeat(20 * 1024 * 1024);
    let now = 0;
    const own = await HttpDoor.open({
      port: 0,
      pages: new Map([["/metrics", { open: false, answer: () => ({ status: 200, type: "text/plain", body: large }) }]]),
      token: () => TOKEN,
      onAnswered: () => undefined,
      onRefused: () => undefined,
      onFailed: () => undefined,
      nowMs: () => (now += 1_000),
    });
    try {
      const socket = connect(own.port, "127.0.0.1");
      await once(socket, "connect");
      socket.pause();
      socket.write(request({ host: `127.0.0.1:${own.port}` }));
      const began = performance.now();
      // Nothing is read here: only that the other end has let go tells that it is over.
      while ((await connectionsOf(own)) > 0) {
        expect(performance.now() - began).toBeLessThan(CONNECTION_MS + 3_000);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
      socket.destroy();
    } finally {
      await own.close();
    }
  });

  test("more connections than there may be are dropped unread, and the door opens again for others", async () => {
    const many = Array.from({ length: MAX_CONNECTIONS + 20 }, () => connect(door.port, "127.0.0.1"));
    const ends = Promise.all(many.map(closed));
    await Promise.all(many.map((socket) => Promise.race([once(socket, "connect"), once(socket, "close")])));
    await expect
      .poll(() => refusals.filter((why) => why === "too many connections").length, { timeout: 5_000 })
      .toBeGreaterThan(0);
    await ends;
    expect(await send(request())).toContain(FIGURES);
  });
});

test("a flood is dropped before it costs anything, and is over when it is over", async () => {
  let now = 0;
  const whys: string[] = [];
  const own = await HttpDoor.open({
    port: 0,
    pages,
    token: () => TOKEN,
    onAnswered: () => undefined,
    onRefused: (why) => whys.push(why),
    onFailed: () => undefined,
    nowMs: () => now,
  });
  const ask = async () => {
    const socket = connect(own.port, "127.0.0.1");
    socket.on("error", () => undefined);
    let text = "";
    socket.on("data", (chunk: Buffer) => (text += chunk.toString("latin1")));
    socket.end(request({ host: `127.0.0.1:${own.port}` }));
    await once(socket, "close");
    return text;
  };
  try {
    for (let i = 0; i < 200; i++) expect(await ask()).toContain(FIGURES);
    for (let i = 0; i < 50; i++) expect(await ask()).toBe("");
    expect(whys).toEqual(Array.from({ length: 50 }, () => "too many connections"));
    now += 1_000;
    expect(await ask()).toContain(FIGURES);
  } finally {
    await own.close();
  }
});

test("it listens on the loopback address alone", async () => {
  const { networkInterfaces } = await import("node:os");
  const others = Object.values(networkInterfaces())
    .flat()
    .filter((one) => one !== undefined && one.family === "IPv4" && !one.internal);
  for (const other of others) {
    const socket = connect(door.port, other?.address);
    const outcome = await Promise.race([
      once(socket, "connect").then(() => "connected"),
      once(socket, "error").then(() => "refused"),
    ]).catch(() => "refused");
    socket.destroy();
    expect(outcome).toBe("refused");
  }
});

test("a port that is taken is told as such", async () => {
  const parts = {
    port: door.port,
    pages,
    token: () => TOKEN,
    onAnswered: () => undefined,
    onRefused: () => undefined,
    onFailed: () => undefined,
    nowMs: () => 0,
  };
  await expect(HttpDoor.open(parts)).rejects.toMatchObject({ code: "door.portInUse", args: { port: door.port } });
});

function connectionsOf(own: HttpDoor): Promise<number> {
  return own.connections();
}
