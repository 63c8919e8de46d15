import type { FetchLike, Transport } from "@modelcontextprotocol/client";
import { CodedError } from "../../common/errors.ts";
import { readSecretFile } from "../../common/secretFile.ts";
import { BEARER, isSafeUrl, MAX_BEARER_BYTES } from "../../protocol/orchestrators.ts";
import { MAX_MESSAGE_BYTES } from "./childTransport.ts";
import { IntakeLimit } from "./intakeLimit.ts";
import type { Sdk } from "./mcpConnection.ts";

/** MCP over Streamable HTTP, to loopback or over TLS only, with bounded answers. @throws CodedError `mcp.url` */
export function httpTransport(sdk: Sdk, url: string, token: string | null): Transport {
  if (!isSafeUrl(url)) throw new CodedError("mcp.url", { url: withoutSecrets(url) });
  const headers = token === null ? {} : { authorization: `Bearer ${token}` };
  return new sdk.StreamableHTTPClientTransport(new URL(url), {
    fetch: boundedFetch(MAX_MESSAGE_BYTES),
    // A redirect could lead out of what was checked, with the token.
    requestInit: { headers, redirect: "error" },
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1_000,
      maxReconnectionDelay: 1_000,
      reconnectionDelayGrowFactor: 1,
    },
  });
}

/** Of a file that nobody else can read: a token that others can read is none. @throws CodedError `mcp.token` */
export function readToken(path: string): string {
  const token = readSecretFile(path, "mcp.token").trim();
  const problem =
    token === ""
      ? "it is empty"
      : token.length > MAX_BEARER_BYTES
        ? `it is longer than ${MAX_BEARER_BYTES} bytes`
        : "it is not one word of printable ASCII";
  if (token.length > MAX_BEARER_BYTES || !BEARER.test(token)) throw new CodedError("mcp.token", { path, problem });
  return token;
}

/** A body that grows beyond the bound ends with an error, so that no answer can fill the memory. */
export function boundedFetch(maxBytes: number, inner: FetchLike = fetch, intake = new IntakeLimit()): FetchLike {
  return async (url, init) => {
    const response = await inner(url, init);
    if (response.body === null) return response;
    // A stream of events goes on for as long as the connection; each event is bounded by what comes between two blank lines.
    const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
    let length = 0;
    let last = 0;
    const bounded = response.body.pipeThrough(
      new TransformStream<Uint8Array, Uint8Array>({
        transform(chunk, controller) {
          let events = 0;
          if (isStream) {
            for (const byte of chunk) {
              const ends = byte === 0x0a && last === 0x0a;
              if (ends) events++;
              length = ends ? 0 : length + 1;
              if (byte !== 0x0d) last = byte;
            }
          } else length += chunk.byteLength;
          if (!intake.take(chunk.byteLength, events)) controller.error(new CodedError("mcp.flood", {}));
          else if (length > maxBytes) controller.error(new CodedError("mcp.tooLong", { bytes: maxBytes }));
          else controller.enqueue(chunk);
        },
      }),
    );
    const { status, statusText, headers } = response;
    return new Response(bounded, { status, statusText, headers });
  };
}

/** As far as it may be shown. */
function withoutSecrets(url: string): string {
  try {
    const { protocol, host, pathname } = new URL(url);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return "not a URL";
  }
}
