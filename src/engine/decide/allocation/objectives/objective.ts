import type { Coded } from "../../../common/errors.ts";
import type { ObjectiveFigure } from "../../../protocol/optimize.ts";
import type { Outlook } from "../outlook.ts";
import type { Setting } from "../setting.ts";

/** One aim of an allocation. A new one is a file, its name in the protocol and a line in `all.ts`. */
export interface Objective extends Pick<ObjectiveFigure, "id" | "unit" | "better"> {
  /** Why it cannot be said in this setting: which datum is not known; `null` when it can. */
  readonly missing: (setting: Setting) => Coded | null;
  /** In its own unit and sense, of an allocation that keeps every limit: finite. */
  readonly value: (outlook: Outlook) => number;
}
