import * as z from "zod";
import { CodedError, messageOf } from "../common/errors.ts";
import { cleanText } from "../common/text.ts";
import { SHOWN } from "./layout.ts";

/** An answer with more is refused before it is taken apart: the server itself gives 11,000 points a series at most. */
export const MAX_ANSWER_CHARACTERS = 16 * 1024 * 1024;

/** One result of a range query. */
export interface PrometheusSeries {
  /** By the labels in which the results differ, as Prometheus writes them; by the name of the metric when there is one only. */
  readonly name: string;
  /** Epoch ms. */
  readonly times: readonly number[];
  /** NaN for what is no finite number. */
  readonly values: readonly number[];
}

const answer = z.discriminatedUnion("status", [
  z.object({
    status: z.literal("success"),
    data: z.object({ resultType: z.string(), result: z.unknown() }),
  }),
  z.object({ status: z.literal("error"), errorType: z.string().optional(), error: z.string().optional() }),
]);
const matrix = z.array(z.object({ metric: z.record(z.string(), z.string()), values: z.array(z.unknown()).optional() }));

/**
 * The results of a Prometheus `query_range` answer (`resultType` `matrix`).
 * @throws CodedError `prometheus.notJson`, `prometheus.unknown`, `prometheus.failed`, `prometheus.notRange`, `csv.empty`
 */
export function readPrometheus(text: string): readonly PrometheusSeries[] {
  const parsed = answer.safeParse(parseJson(text));
  if (!parsed.success) throw new CodedError("prometheus.unknown", {});
  if (parsed.data.status === "error") {
    const { error = "", errorType = "" } = parsed.data;
    throw new CodedError("prometheus.failed", { reason: cleanText(error === "" ? errorType : error, 4 * SHOWN) });
  }
  const { resultType, result } = parsed.data.data;
  if (resultType !== "matrix") throw new CodedError("prometheus.notRange", { type: cleanText(resultType, SHOWN) });
  const series = matrix.safeParse(result);
  if (!series.success) throw new CodedError("prometheus.unknown", {});
  const filled = series.data.filter(({ values }) => values !== undefined && values.length > 0);
  if (filled.length === 0) throw new CodedError("csv.empty", {});
  const names = namesOf(filled.map(({ metric }) => metric));
  return filled.map(({ values = [] }, index) => ({ name: names[index] ?? String(index + 1), ...points(values) }));
}

/** `[seconds, "value"]`, looked at one by one: a schema would take ten times as long for the many that there are. */
function points(pairs: readonly unknown[]): Pick<PrometheusSeries, "times" | "values"> {
  const times: number[] = [];
  const values: number[] = [];
  for (const pair of pairs) {
    const [seconds, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
    if (typeof seconds !== "number" || !Number.isFinite(seconds) || typeof value !== "string")
      throw new CodedError("prometheus.unknown", {});
    times.push(seconds * 1000);
    values.push(finite(value));
  }
  return { times, values };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new CodedError("prometheus.notJson", { reason: cleanText(messageOf(error), SHOWN) }, { cause: error });
  }
}

/** "NaN", "+Inf" and "-Inf" were not measured. An empty text is none either, though `Number` takes it for 0. */
function finite(text: string): number {
  const value = text.trim() === "" ? Number.NaN : Number(text);
  return Number.isFinite(value) ? value : Number.NaN;
}

function namesOf(metrics: readonly Readonly<Record<string, string>>[]): string[] {
  const [only, second] = metrics;
  if (only !== undefined && second === undefined) return [cleanText(only["__name__"] ?? "", SHOWN) || "value"];
  const labels = [...new Set(metrics.flatMap((metric) => Object.keys(metric)))].toSorted();
  const telling = labels.filter((label) => new Set(metrics.map((metric) => metric[label] ?? "")).size > 1);
  const taken = new Set<string>();
  return metrics.map((metric, index) => {
    const text = telling
      .filter((label) => metric[label] !== undefined)
      .map((label) => `${label}="${metric[label] ?? ""}"`)
      .join(", ");
    const name = cleanText(text, SHOWN) || String(index + 1);
    // Labels that differ only behind the cut, or not at all: told apart by their place.
    const unique = taken.has(name) ? `${name} (${index + 1})` : name;
    taken.add(unique);
    return unique;
  });
}
