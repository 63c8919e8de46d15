import type { Brushes, Front } from "./front.ts";
import type { ObjectiveId } from "../../src/engine/protocol/optimize.ts";

/** What both pictures show, one and the same. */
export interface Scene {
  readonly front: Front;
  readonly currency: string | null;
  readonly brushes: Brushes;
  /** 1 for each solution in the ranges. */
  readonly inside: Uint8Array;
  readonly pick: number | null;
  readonly knee: number | null;
  /** What details are of. */
  readonly chosen: number | null;
  /** Aims of the scatter. */
  readonly across: ObjectiveId;
  readonly up: ObjectiveId;
}

/** Whether only marks differ. */
export function isSameBase(a: Scene, b: Scene): boolean {
  return (
    a.front === b.front &&
    a.inside === b.inside &&
    a.brushes === b.brushes &&
    a.across === b.across &&
    a.up === b.up &&
    a.currency === b.currency
  );
}

/** What a person does in a picture. */
export interface SceneEvents {
  /** Reads this solution; `null`: none. */
  readonly read: (at: number | null) => void;
  readonly choose: (at: number) => void;
  /** Moves what is read along the front by this many, or to an end of it. */
  readonly step: (by: number | "first" | "last") => void;
  /** Chooses what is read. */
  readonly chooseRead: () => void;
}

const STRIDE = 10;

/** A picture is read by the keyboard as a slider is: along the front, with Enter to choose. */
export function readByKeys(host: HTMLElement, label: string, events: SceneEvents): void {
  host.tabIndex = 0;
  host.setAttribute("role", "slider");
  host.setAttribute("aria-label", label);
  host.addEventListener("blur", () => events.read(null));
  host.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const by = event.shiftKey ? STRIDE : 1;
    switch (event.key) {
      case "ArrowLeft":
      case "ArrowDown":
        events.step(-by);
        break;
      case "ArrowRight":
      case "ArrowUp":
        events.step(by);
        break;
      case "Home":
        events.step("first");
        break;
      case "End":
        events.step("last");
        break;
      case "Enter":
      case " ":
        events.chooseRead();
        break;
      default:
        return;
    }
    event.preventDefault();
  });
}

/** The same for those who cannot see it. */
export function tellRead(host: HTMLElement, place: number, of: number, text: string): void {
  host.setAttribute("aria-valuemin", "1");
  host.setAttribute("aria-valuemax", String(Math.max(1, of)));
  host.setAttribute("aria-valuenow", String(Math.max(1, place)));
  host.setAttribute("aria-valuetext", text);
}
