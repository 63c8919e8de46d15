import type { ReasonArgs, ReasonText, ReasonTexts } from "../reasonArgs.ts";

/** What should stand where something else does. */
const EXPECTED: Readonly<Record<string, string>> = {
  number: "a number",
  positive: "a number of 0 or more",
  order: "a time that is not before the one that came last",
  text: "a text",
  list: "a list",
  object: "an object",
  node: "the id of a node that is there",
  frame: "the position of a frame that is there",
  string: "the position of a string that is there",
  location: "the id of a location that is there",
  function: "the id of a function that is there",
  unit: "a unit: none, bytes, nanoseconds, microseconds, milliseconds or seconds",
  profileType: "sampled or evented",
  eventType: "O or C",
};

const READ_PROBLEMS: Readonly<Record<string, string>> = {
  ENOENT: "there is no such file",
  ENOTDIR: "a part of the path is not a folder",
  EACCES: "you may not",
  EPERM: "you may not",
};

const UNITS: Readonly<Record<string, string>> = { microseconds: "times", bytes: "bytes", count: "counts" };

const named = (words: Readonly<Record<string, string>>, a: ReasonArgs, key: string): string => {
  const name = a.text(key);
  return Object.hasOwn(words, name) ? (words[name] as string) : name;
};

const AGAIN = "Record or export the profile again.";

const cut: ReasonText = (a) =>
  `${a.quoted("file")} ends in the middle: the last part does not fit into its ${a.bytes("bytes")}. ${AGAIN}`;

/** Files with profiles in them: what cannot be read or written, and what was put right. */
export const profileFileReasons: ReasonTexts = {
  "profile.tooLarge": (a) =>
    `${a.quoted("file")} has ${a.has("bytes") ? a.bytes("bytes") : "more than that once it is decompressed"}, and at most ${a.bytes("mostBytes")} are read. Record for a shorter time, or with a longer interval between samples.`,
  "profile.unreadable": (a) =>
    `${a.quoted("file")} cannot be read: ${named(READ_PROBLEMS, a, "reason")}. Name a file that is there and that you may read.`,
  "profile.noFile": (a) => `${a.quoted("file")} is not a file. Name a file with a profile in it.`,
  "profile.notGzip": (a) =>
    `${a.quoted("file")} is compressed and cannot be decompressed: ${a.text("reason")}. ${AGAIN}`,
  "profile.unknown": (a) =>
    `${a.quoted("file")} holds no profile in a format that is known here. Known by their content: ${a.text("known")}.`,
  "profile.notJson": (a) => `${a.quoted("file")} cannot be read as JSON: ${a.text("reason")}. ${AGAIN}`,
  "profile.cutMessage": cut,
  "profile.notPprof": (a) => `${a.quoted("file")} cannot be read as a pprof profile: ${a.text("reason")}. ${AGAIN}`,
  "profile.value": (a) =>
    `${a.quoted("file")}, ${a.text("place")}: ${a.has("value") ? `${a.quoted("value")} stands where` : "nothing stands where"} ${named(EXPECTED, a, "expected")} is needed. ${AGAIN}`,
  "profile.lengths": (a) =>
    `${a.quoted("file")}, ${a.text("place")}: ${a.number("count")} of them, and ${a.number("needed")} are needed. ${AGAIN}`,
  "profile.idTwice": (a) =>
    `${a.quoted("file")}, ${a.text("place")}: another node has the id ${a.number("value")} too. ${AGAIN}`,
  "profile.twoParents": (a) =>
    `${a.quoted("file")}, ${a.text("place")}: node ${a.number("value")} hangs on another node already, and a node has one caller. ${AGAIN}`,
  "profile.cycle": (a) =>
    `${a.quoted("file")}, ${a.text("place")}: node ${a.number("value")} is called by itself, or by one that it calls. ${AGAIN}`,
  "profile.unbalanced": (a) =>
    `${a.quoted("file")}, ${a.text("place")}: frame ${a.number("value")} is not closed in the order in which frames were opened. ${AGAIN}`,
  "profile.foldedLine": (a) =>
    `${a.quoted("file")}, line ${a.number("line")}: ${a.quoted("value")} is not a stack, a blank and a number. Correct the line, or remove it.`,
  "profile.perfLine": (a) =>
    `${a.quoted("file")}, line ${a.number("line")}: ${a.quoted("value")} is not the begin of a sample (program, pid, time, event). Export it again with 'perf script' without options.`,
  "profile.unit": (a) =>
    `A ${a.text("format")} file cannot hold ${named(UNITS, a, "unit")}. Choose another format, such as speedscope.`,
  "profile.tooLong": (a) =>
    `Written as ${a.text("format")} it would be larger than ${a.bytes("most")}. Choose another format: cpuprofile writes each call once.`,
  "profile.noSuch": (a) =>
    `${a.quoted("file")} has no profile ${a.number("number")}: it holds ${a.count("count", "profile")}.`,
  "profile.units": (a) =>
    `One profile counts ${named(UNITS, a, "before")}, the other ${named(UNITS, a, "after")}. Compare two of the same kind.`,
  "profile.clockBack": (a) =>
    `${a.quoted("file")}: the clock went back ${a.count("count", "time")} in ${a.count("of", "sample")}. Those samples count 0 until it has caught up.`,
  "profile.negative": (a) =>
    `${a.quoted("file")}: ${a.number("count")} of ${a.count("of", "sample")} are below zero, as in a comparison of two profiles. They count 0.`,
  "profile.samplesDiffer": (a) =>
    `${a.quoted("file")}: ${a.number("count")} of ${a.count("of", "node")} have bytes and no samples, or samples and no bytes. The nodes count.`,
  "profile.skippedLines": (a) =>
    `${a.quoted("file")}: ${a.count("count", "line")} inside of stacks could not be read and were left out, the first is line ${a.number("line")}.`,
};
