import type { Frame } from "../profile.ts";
import { functionName, isObject, type Json, own, wrong } from "./content.ts";

/** Places as V8 and the DevTools protocol give them: `callFrame` with lines and columns from 0 on, −1 or nothing: unknown. */

/**
 * @param place of the node, put together only when something is wrong with it
 * @throws CodedError `profile.value`
 */
export function readCallFrame(file: string, place: () => string, node: Json): Frame {
  const callFrame = own(node, "callFrame");
  if (!isObject(callFrame)) throw wrong(file, `${place()}.callFrame`, callFrame, "object");
  const textAt = (key: "functionName" | "url"): string => {
    const value = own(callFrame, key) ?? "";
    if (typeof value !== "string") throw wrong(file, `${place()}.callFrame.${key}`, value, "text");
    return value;
  };
  const fromZero = (key: "lineNumber" | "columnNumber"): number | null => {
    const value = own(callFrame, key) ?? -1;
    if (typeof value !== "number" || !Number.isInteger(value))
      throw wrong(file, `${place()}.callFrame.${key}`, value, "number");
    return value < 0 ? null : value + 1;
  };
  const url = textAt("url");
  return {
    name: functionName(textAt("functionName")),
    file: url === "" ? null : url,
    line: fromZero("lineNumber"),
    column: fromZero("columnNumber"),
  };
}

/** The other way round. */
export function callFrameOf({ name, file, line, column }: Frame): object {
  return {
    functionName: name,
    scriptId: "0",
    url: file ?? "",
    lineNumber: (line ?? 0) - 1,
    columnNumber: (column ?? 0) - 1,
  };
}

/** Made up by V8 for what is no function, so without a place. */
export function isPseudo(frame: Frame, name: "(root)" | "(idle)"): boolean {
  return frame.name === name && frame.file === null;
}
