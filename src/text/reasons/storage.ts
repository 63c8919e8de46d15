import type { ReasonTexts } from "../reasonArgs.ts";

/** The store and the configuration. */
export const storageReasons: ReasonTexts = {
  "store.newer": (a) =>
    `The store ${a.quoted("path")} was written by a newer version (${a.number("version")}, known here: ${a.number("known")}) and is not opened. Update this installation.`,
  "store.unusable": (a) => `The store ${a.quoted("path")} cannot be opened: ${a.text("reason")}.`,
  "store.write": (a) =>
    `${a.has("what") ? `Not saved: ${a.text("what")}` : "Not saved"}${a.optional("reason", " (", ")")}. Check the free space of the state folder.`,
  "store.quarantined": (a) =>
    `The store was damaged${a.optional("reason", " (", ")")}. The original was moved to ${a.quoted("path")} and a new one begun.`,
  "config.invalid": (a) =>
    `The configuration${a.has("file") ? ` in ${a.quoted("file")}` : ""} is not valid${a.optional("path", " at '", "'")}: ${a.text("problem")}. The last good one stays in force; correct it and try again.`,
  "config.conflict": (a) =>
    `${a.quoted("key")} was changed by ${a.text("source")} meanwhile, to ${a.text("value")}. Nothing was changed; read it again ('config-get') and repeat.`,
  "config.unreadable": (a) =>
    `The configuration ${a.quoted("path")} cannot be read: ${a.text("reason")}. The last good one stays in force.`,
  "config.unwritable": (a) =>
    `The configuration ${a.quoted("path")} cannot be written: ${a.text("reason")}. Nothing was changed.`,
  "rules.invalid": (a) =>
    `The recognition rule ${a.quoted("rule")} is not valid${a.optional("field", " at '", "'")}: ${a.text("problem")}. Correct 'recognitionRules' in the configuration.`,
  "rules.pattern": (a) =>
    `The pattern ${a.quoted("value")} of the recognition rule ${a.quoted("rule")}${a.optional("field", ", field '", "'")} cannot be used: ${a.text("problem")}. Correct 'recognitionRules' in the configuration.`,
  "clock.jump": (a) => `The wall clock was set by ${a.duration("byMs")}. Durations are not affected.`,
};
