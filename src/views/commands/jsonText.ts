import { Failure } from "../sessionPort.ts";

/** @param path what the text is called, for people @throws Failure `file.notJson` */
export function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    throw new Failure({ code: "file.notJson", args: { path, reason: message } });
  }
}
