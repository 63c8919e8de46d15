import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdir, open, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import * as z from "zod";
import type { Clock } from "./common/clock.ts";
import { messageOf } from "./common/errors.ts";
import type { Log } from "./ports.ts";
import type { ArtefactKind, ProfileArtefact } from "./protocol/profiling.ts";

const MOST_FILES = 50;
const OWNER_ONLY = 0o600;
const OWN_NAME = /^\d{8}T\d{9}Z-\d+\.(?:cpuprofile|heapprofile|heapsnapshot|folded)$/;
const OPEN_NAME = "open.json";
/** Pieces are gathered to so many characters before they are written. */
const WRITE_CHARACTERS = 1 << 16;

const openInspector = z.strictObject({
  pid: z.int().min(2),
  startTime: z.number(),
  bootId: z.string(),
  port: z.int().min(1).max(65_535),
});
type OpenInspector = z.infer<typeof openInspector>;

/** The files of profiles: the newest so many of them, readable by their owner only. */
export class ProfileFiles {
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #log: Log;

  constructor(folder: string, clock: Clock, log: Log) {
    this.#folder = folder;
    this.#clock = clock;
    this.#log = log;
  }

  /** Keeps what comes of one process. A file that cannot be written is logged, and the profile does without. */
  saver(pid: number) {
    return async (
      kind: ArtefactKind,
      pieces: Iterable<string> | AsyncIterable<string>,
    ): Promise<ProfileArtefact | null> => {
      const at = new Date(this.#clock.wallMs()).toISOString().replaceAll(/[-:.]/g, "");
      const path = join(this.#folder, `${at}-${pid}.${kind}`);
      try {
        await mkdir(this.#folder, { recursive: true, mode: 0o700 });
        const bytes = await write(path, pieces);
        await this.#removeOld();
        return { kind, path, bytes };
      } catch (error) {
        await rm(path, { force: true }).catch(() => undefined);
        this.#log.warn("profile.notKept", { reason: messageOf(error) });
        return null;
      }
    };
  }

  /** In which process an inspector of ours is open now: written down, because an engine may be killed. */
  remember(open: OpenInspector | null): void {
    const path = join(this.#folder, OPEN_NAME);
    try {
      if (open === null) return rmSync(path, { force: true });
      mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
      writeFileSync(path, JSON.stringify(open), { mode: OWNER_ONLY });
    } catch (error) {
      this.#log.warn("profile.notKept", { reason: messageOf(error) });
    }
  }

  remembered(): OpenInspector | null {
    try {
      const parsed = openInspector.safeParse(JSON.parse(readFileSync(join(this.#folder, OPEN_NAME), "utf8")));
      return parsed.success ? parsed.data : null;
    } catch {
      // None, or half written when the engine was killed: then nothing is known of it.
      return null;
    }
  }

  /** Names begin with their time, so their order is that of age. Files of other names are not ours. */
  async #removeOld(): Promise<void> {
    const names = (await readdir(this.#folder)).filter((name) => OWN_NAME.test(name)).toSorted();
    for (const name of names.slice(0, -MOST_FILES)) await rm(join(this.#folder, name), { force: true });
  }
}

/** A new file: never over another one, nor through a link. */
async function write(path: string, pieces: Iterable<string> | AsyncIterable<string>): Promise<number> {
  const file = await open(path, "wx", OWNER_ONLY);
  try {
    let bytes = 0;
    let text = "";
    const flush = async () => {
      bytes += Buffer.byteLength(text);
      await file.writeFile(text);
      text = "";
    };
    for await (const piece of pieces) {
      text += piece;
      if (text.length >= WRITE_CHARACTERS) await flush();
    }
    await flush();
    return bytes;
  } finally {
    await file.close();
  }
}
