import type { Json, SpoolChunk, TaskOutput } from "../ports.ts";
import type { OutputTail } from "../protocol/tasks.ts";

/** What is kept of the output of a task that is over: the end, where results and errors stand. */
const STDOUT_TAIL_BYTES = 64 * 1024;
const STDERR_TAIL_BYTES = 16 * 1024;

const NOTHING: OutputTail = { text: "", droppedBytes: 0 };
export const NO_OUTPUT: TaskOutput = { stdout: NOTHING, stderr: NOTHING };

/** The result that a worker told in its `done` or `failed`. */
export function resultOutput(result: Json): TaskOutput {
  const text = typeof result === "string" ? result : result === null ? "" : JSON.stringify(result, null, 2);
  return { stdout: tailOf(Buffer.from(text), STDOUT_TAIL_BYTES, 0), stderr: NOTHING };
}

/**
 * The last bytes as text. A character cut in two at the beginning is left out.
 * @param droppedBytes before `bytes`, on top of what is cut here
 */
export function tailOf(bytes: Buffer, limit: number, droppedBytes: number): OutputTail {
  let from = Math.max(0, bytes.length - limit);
  const cut = from > 0 || droppedBytes > 0;
  // UTF-8 continuation bytes are 10xxxxxx; at most three of them belong to a character that began before.
  for (let n = 0; cut && n < 3 && from < bytes.length && ((bytes[from] as number) & 0xc0) === 0x80; n++) from++;
  return { text: bytes.subarray(from).toString("utf8"), droppedBytes: droppedBytes + from };
}

/** What is kept of both streams of a process, from its spools. */
export async function readTails(
  read: (stream: "stdout" | "stderr", offset: number, bytes: number) => Promise<SpoolChunk>,
): Promise<TaskOutput> {
  return {
    stdout: await readTail((offset, bytes) => read("stdout", offset, bytes), STDOUT_TAIL_BYTES),
    stderr: await readTail((offset, bytes) => read("stderr", offset, bytes), STDERR_TAIL_BYTES),
  };
}

/** The end of a spool, as far as it was kept. */
async function readTail(
  read: (offset: number, bytes: number) => Promise<SpoolChunk>,
  limit: number,
): Promise<OutputTail> {
  const { endOffset } = await read(0, 1);
  const parts: Buffer[] = [];
  let first: number | null = null;
  // Output may still come: read up to the end as it was, so that a chatty process cannot keep us here.
  for (let offset = Math.max(0, endOffset - limit); offset < endOffset;) {
    const chunk = await read(offset, endOffset - offset);
    if (chunk.data.length === 0) break;
    first ??= chunk.offset;
    parts.push(Buffer.from(chunk.data));
    offset = chunk.offset + chunk.data.length;
  }
  return tailOf(Buffer.concat(parts), limit, first ?? endOffset);
}
