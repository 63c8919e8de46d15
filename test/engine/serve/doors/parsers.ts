/**
 * Strict readers of what the doors write, from the formats' own texts: they throw at anything that those do not allow, and
 * know nothing of how it was written.
 */
export interface ReadSample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

export interface ReadFamily {
  readonly name: string;
  readonly type: string;
  readonly help: string;
  readonly unit: string | null;
  readonly samples: readonly ReadSample[];
}

interface Draft {
  readonly name: string;
  type?: string;
  help?: string;
  unit?: string;
  readonly samples: ReadSample[];
}

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/;
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

/** Prometheus' text exposition format 0.0.4. */
export function readPrometheus(text: string): Map<string, ReadFamily> {
  if (text !== "" && !text.endsWith("\n")) throw new Error("the last line does not end");
  return readFamilies(text.split("\n").slice(0, -1), false);
}

/** OpenMetrics 1.0. */
export function readOpenMetrics(text: string): Map<string, ReadFamily> {
  if (!text.endsWith("\n# EOF\n") && text !== "# EOF\n") throw new Error("it does not end with # EOF");
  return readFamilies(text.split("\n").slice(0, -2), true);
}

function readFamilies(lines: readonly string[], open: boolean): Map<string, ReadFamily> {
  const families = new Map<string, ReadFamily & { samples: ReadSample[] }>();
  let current: Draft | null = null as Draft | null;
  const seen = new Set<string>();
  const finish = () => {
    if (current === null) return;
    const { name, type, help, unit = null, samples } = current;
    if (type === undefined || help === undefined) throw new Error(`${name} has no type or no help`);
    if (samples.length === 0) throw new Error(`${name} has no samples`);
    if (unit !== null && !name.endsWith(`_${unit}`)) throw new Error(`${name} does not end in its unit ${unit}`);
    families.set(name, { name, type, help, unit, samples });
  };
  for (const line of lines) {
    if (line === "") throw new Error("an empty line");
    // oxlint-disable-next-line no-control-regex
    if (/[\u0000-\u001f\u007f]/.test(line)) throw new Error(`a control character in ${JSON.stringify(line)}`);
    if (line.startsWith("#")) {
      const [, word, name, rest] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? [];
      if (word === undefined || name === undefined || rest === undefined) throw new Error(`not a line: ${line}`);
      if (!NAME.test(name)) throw new Error(`not a name: ${name}`);
      if (current?.name !== name) {
        finish();
        if (families.has(name)) throw new Error(`${name} twice`);
        current = { name, samples: [] };
      }
      if (current.samples.length > 0) throw new Error(`${word} of ${name} after its samples`);
      const key = word.toLowerCase() as "help" | "type" | "unit";
      if (current[key] !== undefined) throw new Error(`${word} of ${name} twice`);
      if (key === "unit" && !open) throw new Error("UNIT is OpenMetrics'");
      if (key === "type" && !["gauge", "counter"].includes(rest)) throw new Error(`type ${rest}`);
      current[key] = rest;
      continue;
    }
    const sample = readSample(line);
    if (current === null) throw new Error(`a sample without a family: ${line}`);
    const expected = open && current.type === "counter" ? `${current.name}_total` : current.name;
    if (sample.name !== expected) throw new Error(`${sample.name} in the family ${current.name}`);
    if (!open && current.type === "counter" && !sample.name.endsWith("_total"))
      throw new Error(`the counter ${sample.name} without _total`);
    if (current.type === "counter" && sample.value < 0) throw new Error(`a counter below 0: ${line}`);
    const key = JSON.stringify([sample.name, Object.entries(sample.labels).toSorted()]);
    if (seen.has(key)) throw new Error(`the same series twice: ${line}`);
    seen.add(key);
    current.samples.push(sample);
  }
  finish();
  return families;
}

function readSample(line: string): ReadSample {
  const name = /^[a-zA-Z_:][a-zA-Z0-9_:]*/.exec(line)?.[0];
  if (name === undefined) throw new Error(`not a sample: ${line}`);
  let at = name.length;
  const labels: Record<string, string> = {};
  if (line[at] === "{") {
    at++;
    for (;;) {
      const end = line.indexOf("=", at);
      const label = line.slice(at, end);
      if (!LABEL.test(label) || label.startsWith("__")) throw new Error(`not a label: ${JSON.stringify(label)}`);
      if (Object.hasOwn(labels, label)) throw new Error(`the label ${label} twice`);
      if (line[end + 1] !== '"') throw new Error(`no quote after ${label}=`);
      let value = "";
      at = end + 2;
      for (; line[at] !== '"'; at++) {
        if (at >= line.length) throw new Error(`an open quote: ${line}`);
        if (line[at] !== "\\") {
          value += line[at];
          continue;
        }
        at++;
        const escape = { "\\": "\\", '"': '"', n: "\n" }[line[at] ?? ""];
        if (escape === undefined) throw new Error(`an unknown escape in ${line}`);
        value += escape;
      }
      labels[label] = value;
      at++;
      if (line[at] === "}") break;
      if (line[at] !== ",") throw new Error(`no comma after ${label}`);
      at++;
    }
    at++;
  }
  if (line[at] !== " ") throw new Error(`no space before the value: ${line}`);
  const value = line.slice(at + 1);
  // NaN and infinities are allowed by the format; of us they would be lies.
  if (!NUMBER.test(value)) throw new Error(`not a finite number: ${line}`);
  return { name, labels, value: Number(value) };
}

interface OtlpPoint {
  readonly attributes: readonly { readonly key: string; readonly value: { readonly stringValue: string } }[];
  readonly timeUnixNano: string;
  readonly startTimeUnixNano?: string;
  readonly asDouble: number;
}

/** The parts of OTLP/JSON that are used here, field by field; anything else throws. */
export function readOtlp(text: string): Map<string, { unit: string; kind: "gauge" | "sum"; points: OtlpPoint[] }> {
  const found = new Map<string, { unit: string; kind: "gauge" | "sum"; points: OtlpPoint[] }>();
  const root = only(JSON.parse(text), ["resourceMetrics"]);
  for (const resourceMetrics of array(root["resourceMetrics"])) {
    const { resource, scopeMetrics } = only(resourceMetrics, ["resource", "scopeMetrics"]);
    for (const one of array(only(resource, ["attributes"])["attributes"])) readAttribute(one);
    for (const scoped of array(scopeMetrics)) {
      const { scope, metrics } = only(scoped, ["scope", "metrics"]);
      only(scope, ["name", "version"]);
      for (const metric of array(metrics)) {
        const { name, description, unit, gauge, sum } = only(metric, ["name", "description", "unit", "gauge", "sum"]);
        if (typeof name !== "string" || !/^[a-z][a-z0-9_./-]{0,254}$/i.test(name))
          throw new Error(`name ${String(name)}`);
        if (found.has(name)) throw new Error(`${name} twice`);
        if (typeof description !== "string" || description === "") throw new Error(`no description of ${name}`);
        if (typeof unit !== "string" || unit.length > 63) throw new Error(`no unit of ${name}`);
        if ((gauge === undefined) === (sum === undefined)) throw new Error(`${name} is not one of gauge and sum`);
        const data = only(
          gauge ?? sum,
          gauge === undefined ? ["dataPoints", "aggregationTemporality", "isMonotonic"] : ["dataPoints"],
        );
        if (gauge === undefined && (data["aggregationTemporality"] !== 2 || data["isMonotonic"] !== true))
          throw new Error(`${name} is no cumulative counter`);
        const points = array(data["dataPoints"]).map((point) => readPoint(point, gauge === undefined));
        if (points.length === 0) throw new Error(`${name} has no points`);
        found.set(name, { unit, kind: gauge === undefined ? "sum" : "gauge", points });
      }
    }
  }
  return found;
}

function readPoint(value: unknown, counter: boolean): OtlpPoint {
  const point = only(value, ["attributes", "timeUnixNano", "startTimeUnixNano", "asDouble"]);
  for (const key of counter ? ["timeUnixNano", "startTimeUnixNano"] : ["timeUnixNano"])
    if (typeof point[key] !== "string" || !/^\d{16,20}$/.test(point[key]))
      throw new Error(`${key} ${String(point[key])}`);
  if (typeof point["asDouble"] !== "number" || !Number.isFinite(point["asDouble"])) throw new Error("asDouble");
  const keys = array(point["attributes"]).map(readAttribute);
  if (new Set(keys).size !== keys.length) throw new Error("an attribute twice");
  return point as unknown as OtlpPoint;
}

function readAttribute(value: unknown): string {
  const { key, value: inner } = only(value, ["key", "value"]);
  if (typeof key !== "string" || key === "") throw new Error("an attribute without key");
  if (typeof only(inner, ["stringValue"])["stringValue"] !== "string") throw new Error(`the value of ${key}`);
  return key;
}

function only(value: unknown, keys: readonly string[]): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error("not an object");
  for (const key of Object.keys(value)) if (!keys.includes(key)) throw new Error(`an unknown field ${key}`);
  return value as Record<string, unknown>;
}

function array(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new Error("not an array");
  return value;
}
