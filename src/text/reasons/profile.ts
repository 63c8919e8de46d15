import type { ReasonTexts } from "../reasonArgs.ts";

/** Profiles that are looked at. */
export const profileReasons: ReasonTexts = {
  "profile.malformed": (a) => `${a.quoted("file")} is no profile that can be read: ${a.text("reason")}.`,
  "profile.tooLarge": (a) =>
    `${a.quoted("file")} has ${a.bytes("bytes")}, more than the ${a.bytes("mostBytes")} that are read here. Record for a shorter time, or less often.`,
  "profile.gone": () =>
    "This profile was not kept over the reload of the window. Record it again, or open the file it was saved to.",
};
