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
