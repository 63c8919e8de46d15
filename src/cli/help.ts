import * as z from "zod";
import { cliError, exitCode } from "../engine/protocol/cli.ts";
import type { Line } from "./lines.ts";
import { type FlagShape, flagShapes } from "./parse.ts";
import type { Verb } from "./verb.ts";

export const PROGRAM = "swarm-allocator";

const EXIT_TEXT: Readonly<Record<keyof typeof exitCode, string>> = {
  ok: "done",
  failure: "failed or refused",
  usage: "typed wrongly",
  notReady: "not enough measured yet",
  unconfirmed: "asked for, not seen by the deadline",
  noEngine: "no engine",
  interrupted: "Ctrl-C",
};

const NUMBER_UNITS: Readonly<Record<string, string>> = {
  timeout: "MS",
  "time-horizon": "SECONDS",
  horizon: "STEPS",
  season: "STEPS",
  days: "DAYS",
  confidence: "RATIO",
  "start-up": "SECONDS",
  drain: "SECONDS",
  task: "SECONDS",
  step: "SECONDS",
  capacity: "UNITS",
  least: "PERCENT",
};
const PLACEHOLDERS: Readonly<Record<string, string>> = {
  input: "FILE",
  output: "FILE",
  before: "ID",
  from: "TIME",
  to: "TIME",
  last: "TIME",
};

const exitEntries = Object.entries(exitCode) as [keyof typeof exitCode, number][];

export function generalHelp(verbs: readonly Verb[]): Line[] {
  const width = Math.max(...verbs.map(({ name }) => name.length));
  return [
    [{ text: "Usage", tone: "strong" }, `  ${PROGRAM} VERB [--flag VALUE…]`],
    [],
    ...verbs.map(({ name, summary }): Line => [`  ${name.padEnd(width)}  ${summary}`]),
    [],
    [`${PROGRAM} VERB --help    its flags`],
    [`${PROGRAM} VERB --schema  JSON Schema of its flags and of its output`],
    ["--json works with every verb: one JSON value on stdout, errors included."],
    ["An engine is started when none runs, unless --no-start is given."],
    [],
    [`Exit codes: ${exitEntries.map(([name, code]) => `${code} ${EXIT_TEXT[name]}`).join(" · ")}`],
  ];
}

export function verbHelp(verb: Verb): Line[] {
  const shapes = flagShapes(verb.flags);
  const left = shapes.map((shape) => usage(shape));
  const width = Math.max(...left.map((text) => text.length));
  const required = shapes.flatMap((shape) => {
    const isBare = shape.name === verb.positional;
    if (shape.required) return [` ${isBare ? placeholder(shape) : usage(shape)}`];
    return isBare ? [` [${placeholder(shape)}]`] : [];
  });
  return [
    [{ text: "Usage", tone: "strong" }, `  ${PROGRAM} ${verb.name}${required.join("")} [flags]`],
    [],
    [verb.summary],
    ...verb.notes.map((note): Line => [note]),
    [],
    ...shapes.map((shape, index): Line => [
      `  ${(left[index] ?? "").padEnd(width)}  ${shape.description}${fallback(shape)}`,
    ]),
  ];
}

function usage({ name, kind, choices }: FlagShape): string {
  if (kind === "switch") return `--${name}`;
  if (kind === "list")
    return `--${name} ${choices.length === 0 ? placeholder({ name }) : choices.slice(0, 2).join(",")},…`;
  if (choices.length > 0) return `--${name} ${choices.join("|")}`;
  if (kind === "number") return `--${name} ${NUMBER_UNITS[name] ?? "N"}`;
  return `--${name} ${PLACEHOLDERS[name] ?? placeholder({ name })}`;
}

/** The last word of a flag's name: `ID` of `--swarm-id`. */
function placeholder({ name }: Pick<FlagShape, "name">): string {
  return (name.split("-").at(-1) ?? name).toUpperCase();
}

function fallback({ kind, fallback: value }: FlagShape): string {
  if (value === undefined || kind === "switch") return "";
  return ` (default ${Array.isArray(value) ? value.join(",") : String(value)})`;
}

/** What `VERB --schema` prints. */
export function verbSchema(verb: Verb): unknown {
  return {
    verb: verb.name,
    summary: verb.summary,
    flags: z.toJSONSchema(verb.flags, { io: "input" }),
    output: z.toJSONSchema(verb.output, { io: "output" }),
    error: z.toJSONSchema(cliError, { io: "output" }),
    exitCodes: Object.fromEntries(exitEntries.map(([name, code]) => [code, EXIT_TEXT[name]])),
  };
}
