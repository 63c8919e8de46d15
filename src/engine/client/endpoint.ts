import { closeSync, fstatSync, openSync, readFileSync } from "node:fs";
import { isErrno, messageOf } from "../common/errors.ts";
import { type EndpointFile, endpointFile } from "../protocol/files.ts";

/** What `endpoint.json` says. It may be stale: only a handshake tells whether the engine is there. */
export type FoundEndpoint =
  | { readonly kind: "none" }
  | { readonly kind: "found"; readonly endpoint: EndpointFile }
  /** Unreadable, not ours, or not of this form: named in the error when no engine turns up. */
  | { readonly kind: "invalid"; readonly reason: string };

/** An endpoint file of another user would make us send him our commands, so the owner is checked on the open file. */
export function readEndpoint(path: string): FoundEndpoint {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const facts = fstatSync(file);
    if (typeof process.getuid === "function" && facts.uid !== process.getuid()) {
      return { kind: "invalid", reason: `owned by user ${facts.uid}` };
    }
    const parsed = endpointFile.safeParse(JSON.parse(readFileSync(file, "utf8")));
    if (parsed.success) return { kind: "found", endpoint: parsed.data };
    const [issue] = parsed.error.issues;
    return { kind: "invalid", reason: `${issue?.path.join(".") ?? ""}: ${issue?.message ?? ""}` };
  } catch (error) {
    if (isErrno(error, "ENOENT", "ENOTDIR")) return { kind: "none" };
    return { kind: "invalid", reason: messageOf(error) };
  } finally {
    if (file !== null) closeSync(file);
  }
}
