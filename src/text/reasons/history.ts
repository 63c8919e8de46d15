import type { ReasonTexts } from "../reasonArgs.ts";

/** The store of history, backups and diagnostics. */
export const historyReasons: ReasonTexts = {};
