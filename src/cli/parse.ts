import { parseArgs } from "node:util";
import * as z from "zod";
import { usageFailure } from "./failure.ts";
import { nearest } from "./nearest.ts";

/** What a flag takes on the command line, read off its schema so that the contract is written once. */
export interface FlagShape {
  readonly name: string;
  readonly kind: "switch" | "number" | "list" | "text";
  readonly required: boolean;
  readonly description: string;
  readonly choices: readonly string[];
  readonly fallback: unknown;
}

const propertySchema = z.looseObject({
  type: z.string().optional(),
  description: z.string().default(""),
  enum: z.array(z.string()).optional(),
  items: z.looseObject({ enum: z.array(z.string()).optional() }).optional(),
  default: z.unknown().optional(),
});
const objectSchema = z.looseObject({
  properties: z.record(z.string(), propertySchema),
  required: z.array(z.string()).default([]),
});

/** The flags of a verb in the order of its contract. */
export function flagShapes(flags: z.ZodObject): readonly FlagShape[] {
  const { properties, required } = objectSchema.parse(z.toJSONSchema(flags, { io: "input" }));
  return Object.entries(properties).map(([name, property]) => ({
    name,
    kind: kindOf(property.type),
    required: required.includes(name),
    description: property.description,
    choices: property.enum ?? property.items?.enum ?? [],
    fallback: property.default,
  }));
}

function kindOf(type: string | undefined): FlagShape["kind"] {
  if (type === "boolean") return "switch";
  if (type === "integer" || type === "number") return "number";
  return type === "array" ? "list" : "text";
}

/**
 * The flags of a verb as typed, checked against its contract.
 * @param args what follows the verb
 * @param positional the flag that a value without a flag belongs to; `null` when there is none
 * @throws CliFailure with exit code 2 that names the flag, the value and what would be right
 */
export function parseFlags<F extends z.ZodObject>(
  verb: string,
  schema: F,
  args: readonly string[],
  positional: string | null = null,
): z.output<F> {
  const shapes = new Map(flagShapes(schema).map((shape) => [shape.name, shape]));
  const { tokens } = parseArgs({
    args: [...args],
    options: Object.fromEntries(
      [...shapes].map(([name, { kind }]) => [name, { type: kind === "switch" ? "boolean" : "string" } as const]),
    ),
    // Not strict: the refusals are ours, coded, with the nearest name.
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const typed = new Map<string, string>();
  const take = (shape: FlagShape, value: string | undefined, inline: boolean): void => {
    if (typed.has(shape.name)) throw usageFailure("flag.repeated", { flag: shape.name });
    typed.set(shape.name, value ?? "");
    given[shape.name] = flagValue(shape, value, inline);
  };
  for (const token of tokens) {
    if (token.kind === "option-terminator") continue;
    if (token.kind === "positional") {
      const shape = positional === null ? undefined : shapes.get(positional);
      if (shape === undefined) throw usageFailure("argument.unexpected", { value: token.value });
      take(shape, token.value, true);
      continue;
    }
    const shape = shapes.get(token.name);
    if (shape === undefined || token.rawName !== `--${token.name}`) {
      throw usageFailure("flag.unknown", {
        verb,
        flag: token.rawName,
        nearest: nearest(token.name, [...shapes.keys()]),
      });
    }
    take(shape, token.value, token.inlineValue === true);
  }
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  throw refusal(parsed.error, typed, shapes);
}

function flagValue(shape: FlagShape, value: string | undefined, inline: boolean): unknown {
  const flag = shape.name;
  if (shape.kind === "switch") {
    if (value !== undefined) throw usageFailure("flag.takesNoValue", { flag, value });
    return true;
  }
  // `--swarm-id --json`: the value was forgotten, not meant to be "--json"; `--swarm-id=--json` is meant.
  if (value === undefined || (!inline && value.startsWith("--"))) throw usageFailure("flag.noValue", { flag });
  if (shape.kind === "number") return strictNumber(flag, value);
  return shape.kind === "list" ? list(flag, value) : value;
}

/** Decimal digits only: `5x`, `1e3`, `0x10`, a blank or nothing is an error, never a guess. */
export function strictNumber(flag: string, value: string): number {
  if (!/^-?\d+(\.\d+)?$/.test(value)) throw usageFailure("flag.invalid", { flag, value, problem: "not a number" });
  const number = Number(value);
  if (Math.abs(number) > Number.MAX_SAFE_INTEGER) {
    throw usageFailure("flag.invalid", { flag, value, problem: "too large" });
  }
  return number;
}

/** `cpu,memory` or `["cpu","memory"]`. A name given twice counts once. */
function list(flag: string, value: string): string[] {
  if (!value.trimStart().startsWith("[")) {
    return [...new Set(value.split(",").map((part) => part.trim()))];
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(value);
  } catch {
    // The parser's own words are about positions in the text; what to type is what helps.
    throw usageFailure("flag.invalid", { flag, value, problem: 'not a JSON array such as ["cpu","memory"]' });
  }
  const strings = z.array(z.string()).safeParse(parsed);
  if (!strings.success) throw usageFailure("flag.invalid", { flag, value, problem: "every element must be a string" });
  return [...new Set(strings.data)];
}

/** The first problem only: one thing to correct at a time. */
function refusal(error: z.ZodError, typed: ReadonlyMap<string, string>, shapes: ReadonlyMap<string, FlagShape>): Error {
  const issue = error.issues[0];
  const flag = String(issue?.path[0] ?? "");
  const shape = shapes.get(flag);
  if (issue === undefined || shape === undefined) {
    return usageFailure("flags.conflict", { problem: issue?.message ?? "unknown" });
  }
  const value = typed.get(flag);
  if (issue.code === "custom") return usageFailure("flags.conflict", { problem: issue.message });
  if (value === undefined) return usageFailure("flag.missing", { flag, problem: shape.description });
  const choices = shape.choices.join(", ");
  const problem =
    issue.code === "invalid_value" && choices !== ""
      ? `use ${shape.kind === "list" ? "any" : "one"} of ${choices}`
      : issue.message;
  return usageFailure("flag.invalid", { flag, value, problem });
}
