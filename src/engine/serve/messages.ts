import { WireViolation } from "./frames.ts";

/**
 * One body as a message we are willing to think about. What the JSON-RPC library gets to see is built here anew from
 * checked parts: its own dispatcher reads `params.id` of a cancellation unseen, and queues whatever it is given.
 */
export type Inbound =
  | { readonly kind: "request"; readonly id: number | string; readonly method: string; readonly params: unknown }
  | { readonly kind: "cancel"; readonly id: number | string }
  /** A notification we do not know, or an answer to a question we never asked: both legal, neither of use. */
  | { readonly kind: "ignored" };

const MAX_ID_LENGTH = 100;
const MAX_METHOD_LENGTH = 100;

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * `JSON.parse` makes `__proto__` an own property like any other, so reading `method` or `id` never sees what a body
 * wants to inherit; `params` goes through the call's schema, which copies known keys only.
 * @throws WireViolation for anything that is not one JSON-RPC 2.0 message in strict UTF-8
 */
export function readMessage(body: Buffer): Inbound {
  const message = parse(body);
  if (message["jsonrpc"] !== "2.0") throw new WireViolation("not json-rpc 2.0");
  const method = message["method"];
  if (method === undefined) return { kind: "ignored" };
  if (typeof method !== "string" || method.length > MAX_METHOD_LENGTH) throw new WireViolation("bad method");
  const params = message["params"];
  if (params !== undefined && (typeof params !== "object" || params === null)) throw new WireViolation("bad params");
  const id = message["id"];
  if (id !== undefined) return { kind: "request", id: checkedId(id), method, params };
  if (method !== "$/cancelRequest") return { kind: "ignored" };
  return { kind: "cancel", id: checkedId((params as { id?: unknown } | undefined)?.id) };
}

function parse(body: Buffer): Record<string, unknown> {
  let text: string;
  try {
    text = utf8.decode(body);
  } catch (error) {
    throw Object.assign(new WireViolation("not utf-8"), { cause: error });
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw Object.assign(new WireViolation("not json"), { cause: error });
  }
  // Batches are legal JSON-RPC, but none of our clients sends them.
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new WireViolation("not one message");
  return value as Record<string, unknown>;
}

function checkedId(id: unknown): number | string {
  if (typeof id === "number" && Number.isSafeInteger(id)) return id;
  if (typeof id === "string" && id.length <= MAX_ID_LENGTH) return id;
  throw new WireViolation("bad id");
}
