import type { ReasonTexts } from "../reasonArgs.ts";

/** The store of history, backups and diagnostics. */
export const historyReasons: ReasonTexts = {
  "store.full": (a) =>
    `The disk of ${a.quoted("path")} is full: history is not being kept, and this time stays a gap. Free some space; it goes on by itself.`,
  "store.damaged": (a) =>
    `The store ${a.quoted("path")} is damaged (${a.text("reason")}), so history is not being kept. Restart the engine: the file is then moved aside and a new one begun.`,
  "store.failing": (a) =>
    `History cannot be kept in ${a.quoted("path")}: ${a.text("reason")}. This time stays a gap; it is tried again every tick.`,
  "store.walDamaged": (a) =>
    `The newest changes of the store could not all be read, and what they held is missing. The damaged log was copied to ${a.quoted("path")}. Look whether swarms have the sizes you expect.`,
  "store.read": (a) => `The history in ${a.quoted("path")} cannot be read: ${a.text("reason")}.`,
  "store.damagedRows": (a) =>
    `${a.count("rows", "row")} of history in ${a.quoted("path")} did not hold what was written, and are left out as gaps.`,
  "store.seriesCap": (a) =>
    `More than ${a.number("max")} series at once: the figures of further agents are shown but not kept.`,
  "store.gap": (a) => `History has a gap: ${a.count("ticks", "tick")} could not be written.`,
  "store.trimmed": (a) =>
    `The store reached its ${a.number("megabytes")} MB, so the oldest samples were dropped before their time. Raise 'maxMegabytes' of 'swarm.history' to keep more.`,
  "store.recreated": (a) => `${a.quoted("path")} was removed while in use. Everything was written to a new file there.`,
  "store.notRecreated": (a) =>
    `${a.quoted("path")} was removed while in use and cannot be written again: ${a.text("reason")}. What is kept now ends with this engine.`,
  "store.occupied": (a) => `Another file is at ${a.quoted("path")}. Move it away.`,
  "backup.exists": (a) => `${a.quoted("path")} exists already. Name another file; a backup never overwrites one.`,
  "backup.failed": (a) => `The backup ${a.quoted("path")} could not be written: ${a.text("reason")}.`,
};
