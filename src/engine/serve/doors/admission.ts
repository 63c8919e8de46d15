import { sameSecret } from "../tokens.ts";

/** One request as it came, before anything about it is believed. */
export interface AskedRequest {
  readonly method: string;
  /** The request target, unparsed. */
  readonly target: string;
  readonly httpVersion: string;
  /** Name, value, name, value… as sent. */
  readonly rawHeaders: readonly string[];
}

export interface DoorLock {
  readonly port: number;
  /** `null`: it cannot be read now, and then nobody gets in. */
  readonly token: string | null;
  /** Exact targets; `open` ones need no token, and tell no figure. */
  readonly pages: ReadonlyMap<string, { readonly open: boolean }>;
}

export type Admission =
  | { readonly kind: "admitted"; readonly page: string; readonly headers: ReadonlyMap<string, string> }
  /** `why` is one of a few fixed words, never the caller's own text. */
  | {
      readonly kind: "refused";
      readonly status: number;
      readonly why: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

const MAX_HEADERS = 48;
/** Headers by which a request would be read otherwise than it stands, has a body, or comes from a browser's page. */
const REFUSED_HEADERS: readonly {
  readonly status: number;
  readonly why: string;
  readonly names: ReadonlySet<string>;
}[] = [
  {
    status: 400,
    why: "a header that a plain GET has not",
    names: new Set(["transfer-encoding", "trailer", "expect", "upgrade", "http2-settings"]),
  },
  {
    status: 400,
    why: "a header that means another request",
    names: new Set(["x-http-method-override", "x-http-method", "x-method-override", "x-original-url", "x-rewrite-url"]),
  },
  {
    status: 403,
    why: "it came by a proxy",
    names: new Set(
      "forwarded via x-forwarded-for x-forwarded-host x-forwarded-proto x-real-ip proxy-authorization".split(" "),
    ),
  },
  {
    status: 403,
    // Not Sec-Fetch-Mode: Node's own fetch sends that, and every browser sends Sec-Fetch-Site besides.
    why: "it came from a web page",
    names: new Set(
      "origin referer cookie access-control-request-method access-control-request-headers sec-fetch-site sec-fetch-dest sec-fetch-user".split(
        " ",
      ),
    ),
  },
];

/**
 * Whether a request gets in. Pure. Whoever is on this machine can reach a loopback port, and so can a page in a browser by
 * a name that points here (DNS rebinding): so the name it asks for, that no page has sent it, the exact form of the request
 * and the token all have to be right, in this order, and the first that is not decides.
 */
export function admit({ method, target, httpVersion, rawHeaders }: AskedRequest, lock: DoorLock): Admission {
  if (httpVersion !== "1.1") return refused(505, "HTTP/1.1 only", { Connection: "close" });
  if (rawHeaders.length / 2 > MAX_HEADERS) return refused(431, "too many headers");
  const headers = new Map<string, string>();
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) {
    const name = (rawHeaders[i] as string).toLowerCase();
    // Two readers of one request could each believe another one.
    if (headers.has(name)) return refused(400, "a header twice");
    headers.set(name, rawHeaders[i + 1] as string);
  }
  const host = headers.get("host") ?? "";
  if (host !== `127.0.0.1:${lock.port}` && host !== `localhost:${lock.port}`)
    return refused(421, "another host is asked for");
  for (const { status, why, names } of REFUSED_HEADERS)
    for (const name of headers.keys()) if (names.has(name)) return refused(status, why);
  if ((headers.get("content-length") ?? "0") !== "0") return refused(413, "a body");
  if (method !== "GET") return refused(405, "GET only", { Allow: "GET" });
  const page = lock.pages.get(target);
  if (page?.open === true) return { kind: "admitted", page: target, headers };
  const [, given] = /^Bearer ([A-Za-z0-9._~+/=-]{1,600})$/i.exec(headers.get("authorization") ?? "") ?? [];
  if (lock.token === null) return refused(503, "the token cannot be read");
  if (given === undefined || !sameSecret(given, lock.token))
    return refused(401, "the token is missing or wrong", { "WWW-Authenticate": 'Bearer realm="swarm-allocator"' });
  if (page === undefined) return refused(404, "no such page");
  return { kind: "admitted", page: target, headers };
}

function refused(status: number, why: string, headers?: Readonly<Record<string, string>>): Admission {
  return { kind: "refused", status, why, ...(headers === undefined ? {} : { headers }) };
}
