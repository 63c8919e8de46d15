import {
  type FrameList,
  type ProfileFormat,
  type ProfileHostMessage,
  profilePageMessage,
  type Recording,
} from "../../engine/protocol/profilePage.ts";
import type { ProfileArtefact, ProfiledProcess, ProfileFrame, ProfileReport } from "../../engine/protocol/profiling.ts";
import { adviceFrame, profileDocument } from "../../text/profileDocument.ts";
import { reasonText } from "../../text/reasons.ts";
import { type Disposable, Failure } from "../sessionPort.ts";
import { saidOf } from "../pages/said.ts";

export interface ProfileChannelDeps {
  /** @returns whether the page was there to take it */
  readonly post: (message: ProfileHostMessage) => PromiseLike<boolean>;
  /** `null`: nothing was kept of it over a reload of the window. */
  readonly report: ProfileReport | null;
  /** Each answers with what to say of it; empty when there is nothing to say. */
  readonly source: (frame: ProfileFrame & { readonly file: string }) => Promise<string>;
  readonly open: (file: ProfileArtefact) => Promise<void>;
  readonly compare: (file: ProfileArtefact) => Promise<void>;
  readonly reveal: (file: ProfileArtefact) => Promise<string>;
  /** `null` when the operator gave up. */
  readonly save: (report: ProfileReport, format: ProfileFormat) => Promise<string | null>;
  readonly again: (process: ProfiledProcess) => void;
}

/** The editor's end of one page "Profile". A report does not change, so it is sent whole whenever the page asks. */
export class ProfileChannel implements Disposable {
  readonly #deps: ProfileChannelDeps;
  #disposed = false;

  constructor(deps: ProfileChannelDeps) {
    this.#deps = deps;
  }

  /** Takes a message of the page, whatever it is. @returns settles when what it asked for is done; never rejects */
  async receive(raw: unknown): Promise<void> {
    const parsed = profilePageMessage.safeParse(raw);
    if (!parsed.success) return;
    const message = parsed.data;
    const { report } = this.#deps;
    if (report === null) {
      await this.#deps.post({ type: "failed", text: reasonText({ code: "profile.gone", args: {} }) });
      return;
    }
    switch (message.type) {
      case "ready":
        await this.#deps.post({ type: "show", document: profileDocument(report), kept: report });
        return;
      case "again":
        this.#deps.again(report.process);
        return;
      case "source":
        return this.#say(() => this.#source(report, message.list, message.index));
      case "open":
        return this.#say(async () => {
          await this.#deps.open(recordingOf(report, message.recording));
          return "";
        });
      case "compare":
        return this.#say(async () => {
          await this.#deps.compare(recordingOf(report, message.recording));
          return "";
        });
      case "reveal": {
        const file = report.artefacts[message.index];
        return file === undefined ? undefined : this.#say(() => this.#deps.reveal(file));
      }
      case "export":
        return this.#say(async () => (await this.#deps.save(report, message.format)) ?? "");
    }
  }

  dispose(): void {
    this.#disposed = true;
  }

  async #source(report: ProfileReport, list: FrameList, index: number): Promise<string> {
    const frame = frameOf(report, list, index);
    return frame?.file == null ? "" : this.#deps.source({ ...frame, file: frame.file });
  }

  async #say(work: () => Promise<string>): Promise<void> {
    const text = await saidOf(work);
    if (!this.#disposed) await this.#deps.post({ type: "said", text });
  }
}

function frameOf(report: ProfileReport, list: FrameList, index: number): ProfileFrame | null {
  switch (list) {
    case "hotSpots":
      return report.cpu?.hotspots[index] ?? null;
    case "suspects":
      return report.memory?.leaks[index] ?? null;
    case "advice": {
      const advice = report.recommendations[index];
      return advice === undefined ? null : adviceFrame(advice, report);
    }
  }
}

/** @throws Failure `profile.noRecording` */
function recordingOf({ cpu, memory }: ProfileReport, recording: Recording): ProfileArtefact {
  const file = recording === "cpu" ? cpu?.flamegraph : memory?.heapProfile;
  if (file == null) throw new Failure({ code: "profile.noRecording", args: {} });
  return file;
}
