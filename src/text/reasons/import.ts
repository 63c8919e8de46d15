import type { ReasonTexts } from "../reasonArgs.ts";

/** Imports of a past from elsewhere. */
export const importReasons: ReasonTexts = {
  "event.imported": (a) =>
    `${a.count("rows", "row")} of ${a.quoted("file")} were imported as ${a.text("metric")} from ${a.text("from")} to ${a.text("to")} by ${a.text("by")}.`,
  "event.importUndone": (a) =>
    `The import of ${a.quoted("file")} as ${a.text("metric")} from ${a.text("from")} to ${a.text("to")} was taken back by ${a.text("by")}.`,
  "event.importRemoved": (a) =>
    `${a.count("imports", "import")} had been broken off by the end of the engine. What was written of it has been removed.`,
  "import.notRemoved": (a) =>
    `What an import that was broken off has left could not be removed: ${a.text("reason")}. The next start of the engine tries again.`,
  "import.noStep": (a) => `The file has ${a.count("rows", "row")}; a series takes two at different times.`,
  "import.allMissing": (a) => `The column ${a.quoted("column")} has no value at all.`,
  "import.nothing": (a) =>
    `Nothing of column ${a.quoted("column")} can be imported: of its steps ${a.number("measured")} lie where ${a.text("metric")} was measured here already, ${a.number("future")} after now, and ${a.number("tooOld")} before anything that history keeps. An old file can be moved to end now: --shift-to-now.`,
  "import.overlaps": (a) =>
    `${a.text("metric")} of ${a.quoted("swarmId")} was imported from ${a.text("from")} to ${a.text("to")} already. Take that import back first: import --undo.`,
  "import.metricTwice": (a) => `Two columns cannot both become ${a.text("metric")}.`,
  "import.columns": (a) =>
    `${a.count("columns", "column")} and ${a.count("metrics", "metric")} do not fit together: name one metric for each column, in the same order.`,
  "import.none": (a) => `Nothing was imported into ${a.quoted("swarmId")} that could be taken back.`,
  "import.notNewest": (a) =>
    `Something else was imported into ${a.quoted("swarmId")} since (${a.quoted("file")}). Take that back first.`,
  "import.tooMany": (a) => `${a.count("most", "file")} are being imported already. Finish or cancel one of them first.`,
  "import.busy": () => "Another import is being written. Try again in a moment.",
  "import.unknown": () => "The engine does not know this import any more. Begin again.",
  "import.ended": () => "The file was read to its end already. Begin again to import another one.",
  "import.progress": (a) => `${a.bytes("bytes")} sent, ${a.count("rows", "row")} read…`,
  "import.writing": () => "Writing…",
  "waiting.import": (a) => `The import of ${a.quoted("file")} was cancelled. Nothing of it is kept.`,
  "waiting.importUnknown": (a) =>
    `It is not known how the import of ${a.quoted("file")} ended. As a whole it is there or not at all; 'import --undo' takes it back.`,
  "waiting.importUndo": (a) =>
    `Stopped waiting. The engine goes on taking the import into ${a.quoted("swarmId")} back.`,
};
