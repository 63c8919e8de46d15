import { usageFailure } from "./failure.ts";

/** @throws CliFailure `file.notJson` with the path and what is wrong */
export function parseJsonFile(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw usageFailure("file.notJson", { path, reason: error instanceof Error ? error.message : String(error) });
  }
}
