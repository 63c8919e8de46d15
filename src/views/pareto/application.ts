import type {
  AllocationExpected,
  AllocationPreview,
  AllocationRecord,
  AllocationRow,
} from "../../engine/protocol/allocators.ts";
import type { Coded } from "../../engine/protocol/model.ts";
import type { AllocationPoint } from "../../engine/protocol/optimize.ts";
import type { PageApplication, PageOptimization, PagePreview } from "../../engine/protocol/paretoPage.ts";
import { aimsText, aimValues, changeText } from "../../text/allocation.ts";
import { countText } from "../../text/figures.ts";
import { reasonText } from "../../text/reasons.ts";
import { codedOf, isAborted } from "../sessionPort.ts";
import { applicationOf } from "./applicationText.ts";

export interface ApplicationDeps {
  readonly preview: (swarmId: string, point: AllocationPoint, signal: AbortSignal) => Promise<AllocationPreview>;
  /** @param preview as it was shown: refused where something else is in force by now */
  readonly apply: (
    preview: Pick<AllocationPreview, "plan" | "changes">,
    expected: AllocationExpected,
    signal: AbortSignal,
  ) => Promise<AllocationRecord>;
  readonly undo: (allocationId: string) => Promise<AllocationRecord>;
  /** @returns whether the operator agreed */
  readonly confirm: (question: string, detail: readonly string[], agree: string) => Promise<boolean>;
  readonly isTrusted: () => boolean;
  /** The newest that the engine tells of, newest first. */
  readonly rows: () => readonly AllocationRow[];
  readonly changed: () => void;
}

/** A solution that was looked at, and what it would do. */
interface Previewed {
  readonly solution: number;
  readonly expected: AllocationExpected;
  state:
    | { readonly kind: "reading"; readonly given: AbortController }
    | { readonly kind: "failed"; readonly reason: Coded }
    | { readonly kind: "ready"; readonly answer: AllocationPreview };
}

/** An allocation, or an undo of one, that was asked for here. */
interface Asked {
  readonly swarmId: string;
  /** What it takes back; `null` for an allocation. */
  readonly undoOf: string | null;
  /** The newest that there was before it; ids sort by time. */
  readonly afterId: string;
  readonly given: AbortController;
  record: AllocationRecord | null;
  failure: Coded | null;
}

/** From a solution to what it would do, and from there to having it: previewed, agreed to, applied, followed, undone. */
export class Application {
  readonly #deps: ApplicationDeps;
  #previewed: Previewed | null = null;
  #asked: Asked | null = null;
  /** The operator is being asked. */
  #isAsking = false;

  constructor(deps: ApplicationDeps) {
    this.#deps = deps;
  }

  /** Another front, another swarm: what was previewed is no longer meant. What is under way goes on. */
  forget(): void {
    if (this.#previewed?.state.kind === "reading") this.#previewed.state.given.abort();
    this.#previewed = null;
  }

  /** Settles always. */
  async preview(found: PageOptimization, solution: number): Promise<void> {
    const point = found.front[solution];
    if (point === undefined) return;
    this.forget();
    const now = found.current === null ? {} : aimValues(found.current.objectives);
    const expected: AllocationExpected = {
      swarmId: found.swarmId,
      now: Object.keys(now).length === 0 ? null : now,
      chosen: aimValues(point.objectives),
    };
    const given = new AbortController();
    const previewed: Previewed = { solution, expected, state: { kind: "reading", given } };
    this.#previewed = previewed;
    this.#deps.changed();
    try {
      previewed.state = { kind: "ready", answer: await this.#deps.preview(found.swarmId, point, given.signal) };
    } catch (error) {
      previewed.state = { kind: "failed", reason: codedOf(error) };
    }
    if (this.#previewed === previewed) this.#deps.changed();
  }

  /** Asks the operator, then has what was previewed carried out. Settles always. */
  async apply(currency: string | null): Promise<void> {
    const previewed = this.#previewed;
    if (previewed?.state.kind !== "ready" || !this.#mayAsk()) return;
    const { answer } = previewed.state;
    const { expected } = previewed;
    if (answer.refusal !== null || answer.plan.length === 0) return;
    const detail = [
      ...answer.changes.map(({ from, to }) => changeText(from, to)),
      ...answer.notes.map((note) => reasonText(note)),
      `Expected by the model (derived): ${aimsText(expected, currency)}.`,
      `${countText(answer.changes.length, "value")}, one after another, each seen before the next. If the swarm gets worse, all of it is taken back.`,
      'To go back later: "Undo" on this page, or in Decisions.',
    ];
    const agreed = await this.#agreed(`Apply this allocation to ${expected.swarmId}?`, detail, "Apply");
    if (!agreed || this.#previewed !== previewed) return;
    await this.#run({ swarmId: expected.swarmId, undoOf: null }, (signal) =>
      this.#deps.apply(answer, expected, signal),
    );
  }

  /** Asks the operator, then goes back to what was before this allocation. Settles always. */
  async undo(swarmId: string, allocationId: string): Promise<void> {
    if (!this.#mayAsk()) return;
    const row = this.#deps.rows().find(({ id }) => id === allocationId) ?? this.#asked?.record;
    if (row === null || row?.id !== allocationId) return;
    const back = row.steps
      .toReversed()
      .flatMap(({ limits, previous, state }) =>
        previous === null || state.kind === "takenBack" ? [] : [changeText(limits, previous)],
      );
    if (!(await this.#agreed("Undo this allocation?", [...back, "What the agents have done meanwhile stays."], "Undo")))
      return;
    await this.#run({ swarmId, undoOf: allocationId }, () => this.#deps.undo(allocationId));
  }

  /** Takes back what was done of an allocation that is under way; an undo goes on to its end. */
  stop(): void {
    if (this.#asked?.undoOf === null) this.#asked.given.abort();
  }

  shownPreview(swarmId: string | null): PagePreview | null {
    const previewed = this.#previewed;
    if (previewed === null || previewed.expected.swarmId !== swarmId) return null;
    const { solution, state } = previewed;
    switch (state.kind) {
      case "reading":
        return { solution, kind: "reading" };
      case "failed":
        return isAborted(state.reason) ? null : { solution, kind: "failed", text: reasonText(state.reason) };
      case "ready": {
        const { changes, steps, notes, refusal } = state.answer;
        return {
          ...{ solution, kind: "ready", steps: changes.length === 0 ? 0 : steps },
          changes: changes.map(({ from, to }) => changeText(from, to)),
          notes: notes.map((note) => reasonText(note)),
          refusal: refusal === null ? null : reasonText(refusal),
        };
      }
    }
  }

  /** @param currency of expected costs */
  shownApplication(swarmId: string | null, currency: string | null): PageApplication | null {
    const asked = this.#asked;
    const rows = this.#deps.rows();
    if (asked === null || asked.swarmId !== swarmId) {
      const newest = rows.find((one) => isAbout(one, swarmId));
      return newest === undefined ? null : applicationOf(newest, newest.undoRefusal, "none", currency);
    }
    const isUndo = asked.undoOf !== null;
    const row = rows.find(({ id, undoOf }) =>
      asked.record === null
        ? mayHaveBegun(asked) && id > asked.afterId && undoOf === asked.undoOf
        : id === asked.record.id,
    );
    const record = row ?? asked.record;
    if (record !== null)
      return applicationOf(record, row?.undoRefusal ?? null, asked.given.signal.aborted ? "stopped" : "own", currency);
    if (asked.failure === null) return { kind: "asked", isUndo };
    return { kind: "failed", text: failureText(asked.failure) };
  }

  #mayAsk(): boolean {
    return this.#deps.isTrusted() && !this.#isAsking && !this.#isUnderWay();
  }

  #isUnderWay(): boolean {
    const asked = this.#asked;
    return asked !== null && asked.record === null && asked.failure === null;
  }

  async #agreed(question: string, detail: readonly string[], agree: string): Promise<boolean> {
    this.#isAsking = true;
    try {
      return await this.#deps.confirm(question, detail, agree);
    } finally {
      this.#isAsking = false;
    }
  }

  async #run(
    about: Pick<Asked, "swarmId" | "undoOf">,
    act: (signal: AbortSignal) => Promise<AllocationRecord>,
  ): Promise<void> {
    const afterId = this.#deps.rows()[0]?.id ?? "";
    const asked: Asked = { ...about, afterId, given: new AbortController(), record: null, failure: null };
    this.#asked = asked;
    this.#previewed = null;
    this.#deps.changed();
    try {
      asked.record = await act(asked.given.signal);
    } catch (error) {
      asked.failure = codedOf(error);
    }
    if (this.#asked === asked) this.#deps.changed();
  }
}

/** One that the engine refused outright has no record: a later one is somebody else's. */
function mayHaveBegun({ failure }: Asked): boolean {
  return failure === null || isAborted(failure) || failure.code === "rpc.closed";
}

/** Whether an allocation sets something of this swarm. */
function isAbout({ expected, steps }: AllocationRecord, swarmId: string | null): boolean {
  return (
    expected?.swarmId === swarmId ||
    steps.some(({ limits }) => limits.resource !== "network" && limits.swarmId === swarmId)
  );
}

function failureText(coded: Coded): string {
  if (isAborted(coded)) return "It was stopped before anything was done.";
  if (coded.code === "rpc.closed")
    return "The connection to the engine was lost meanwhile. What was done is taken back then, and an undo goes on; how it ended is told in Decisions.";
  return reasonText(coded);
}
