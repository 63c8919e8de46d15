import type { ReasonTexts } from "../reasonArgs.ts";

/** Files with series in them: tables, and answers of Prometheus. */
export const tableReasons: ReasonTexts = {
  "csv.empty": () => "The table has no rows with values.",
  "csv.column": (a) => `The table has no column ${a.quoted("column")}. Known: ${a.text("known")}.`,
  "csv.whichColumn": (a) => `More than one column holds numbers. Name one with --column: ${a.text("known")}.`,
  "csv.noNumbers": (a) => `No column of the table holds numbers${a.optional("known", " (columns: ", ")")}.`,
  "csv.notANumber": (a) =>
    `Line ${a.number("line")}: ${a.quoted("value")} is not a number${a.has("column") ? ` (column ${a.quoted("column")})` : ""}.`,
  "csv.notATime": (a) => `Line ${a.number("line")}: ${a.quoted("value")} is not a time.`,
  "csv.negative": (a) =>
    `${a.has("line") ? `Line ${a.number("line")}` : a.text("time")}: ${a.number("value")} is below zero, which no load is${a.has("column") ? ` (column ${a.quoted("column")})` : ""}. Correct the file, or choose another column.`,
  "csv.noTimes": () => "No column of the table holds times, so its rows cannot be put in time.",
  "csv.notText": () => "The file is not text in UTF-8. Save it as CSV in UTF-8.",
  "csv.rowTooLong": (a) =>
    `The row that begins on line ${a.number("line")} is longer than ${a.number("most")} characters. Look for a quote that is never closed.`,
  "csv.tooManyRows": (a) =>
    `The table has more than ${a.number("most")} rows. Leave out columns, or aggregate the rows before.`,
  "csv.sharedTimes": (a) =>
    `${a.number("shared")} of ${a.count("rows", "row")} have the time of another row and another value. If they are events, make a series of them with --bucket and --agg; if they belong to several things, keep one.`,
  "csv.tooLong": (a) =>
    `At a step of ${a.duration("stepMs")} the times reach over ${a.count("steps", "step")}, more than ${a.number("most")}: look for a stray date. A log of events becomes a series with --bucket and --agg.`,
  "csv.tooManyBuckets": (a) =>
    `The events reach over ${a.count("buckets", "bucket")} of ${a.duration("bucketMs")}, more than ${a.number("most")}. Use a longer --bucket, or look for a stray date.`,
  "prometheus.notJson": (a) => `The answer of Prometheus cannot be read as JSON: ${a.text("reason")}.`,
  "prometheus.unknown": () =>
    "The JSON is not the answer of a Prometheus range query: expected 'status' and 'data' with a 'matrix' of pairs of time and value.",
  "prometheus.failed": (a) => `Prometheus answered with an error: ${a.text("reason")}.`,
  "prometheus.notRange": (a) =>
    `The answer holds a ${a.text("type")}, which is one moment. Ask with /api/v1/query_range (start, end, step) instead of /api/v1/query.`,
  "prometheus.tooLarge": (a) =>
    `The answer of Prometheus has more than ${a.number("megabytes")} MB. Ask for fewer series, or a longer step.`,
};
