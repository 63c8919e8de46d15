import type { JSONRPCMessage, Transport } from "@modelcontextprotocol/server";
import { cleanValue } from "./clean.ts";

/** What leaves by this door is text: whatever a reply quotes, here is where it loses its teeth. */
export function cleaned(transport: Transport): Transport {
  const send = transport.send.bind(transport);
  // The id is the caller's own: changed, it would find its request no more.
  transport.send = (message, options) => {
    const { id, ...rest } = message as { readonly id?: unknown };
    const clean = cleanValue(rest) as object;
    return send((id === undefined ? clean : { ...clean, id }) as JSONRPCMessage, options);
  };
  return transport;
}

/** Tells of requests that are given up, also of those that were answered already: of these nobody else is told. */
export function onCancelled(transport: Transport, tell: (requestId: string | number) => void): void {
  let listener = transport.onmessage;
  Object.defineProperty(transport, "onmessage", {
    configurable: true,
    get: () => listener && heard,
    set: (next: typeof listener) => {
      listener = next;
    },
  });
  const heard: NonNullable<typeof listener> = (message, extra) => {
    listener?.(message, extra);
    if (!("method" in message) || message.method !== "notifications/cancelled") return;
    const requestId = message.params?.["requestId"];
    if (typeof requestId === "string" || typeof requestId === "number") tell(requestId);
  };
}
