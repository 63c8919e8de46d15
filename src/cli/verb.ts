import type * as z from "zod";
import { exitCode, type ExitCode } from "../engine/protocol/cli.ts";
import type { Line } from "./lines.ts";
import { parseFlags } from "./parse.ts";
import type { VerbContext } from "./world.ts";

/**
 * How one verb is written: contract, what it does, how it reads. `R` is what it found out; it is also the output unless
 * people are shown more than the contract has.
 */
export interface VerbDefinition<F extends z.ZodObject, O extends z.core.$ZodType, R> {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** More for its own help: units, what the exit code says. */
  readonly notes?: readonly string[];
  /** The flag that may be given as a bare value: `decision-apply ID`. */
  readonly positional?: keyof z.output<F> & string;
  readonly flags: F;
  readonly output: O;
  run(flags: z.output<F>, context: VerbContext): Promise<R>;
  /** What `--json` prints of it. */
  value(result: R): z.output<O>;
  /** The JSON text of `value` in pieces, where it may be longer than one string can be. */
  pieces?(result: R): Iterable<string>;
  /** For people; `width` in cells, `null` = as wide as it gets. */
  render(result: R, width: number | null): readonly Line[];
  /** Other than 0 when the output itself says that something is missing. */
  exit?(result: R): ExitCode;
}

/** What a verb gave, with its type closed over. */
export interface VerbResult {
  /** Worked out when it is asked for. */
  readonly value: unknown;
  /** Its JSON text in pieces; `null` when it is short enough to be written at once. */
  readonly pieces: Iterable<string> | null;
  readonly exit: ExitCode;
  render(width: number | null): readonly Line[];
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly notes: readonly string[];
  readonly positional: string | null;
  readonly flags: z.ZodObject;
  readonly output: z.core.$ZodType;
  /** @throws CliFailure exit code 2 */
  prepare(args: readonly string[]): (context: VerbContext) => Promise<VerbResult>;
}

/** Closes the types of one verb, so that verbs with different contracts stand in one array. */
export function defineVerb<F extends z.ZodObject, O extends z.core.$ZodType>(
  definition: Omit<VerbDefinition<F, O, z.output<O>>, "value">,
): Verb {
  return defineDetailedVerb({ ...definition, value: (result) => result });
}

/** A verb that shows people more than its contract has. */
export function defineDetailedVerb<F extends z.ZodObject, O extends z.core.$ZodType, R>(
  definition: VerbDefinition<F, O, R>,
): Verb {
  const { name, summary, flags, output, notes = [], positional = null } = definition;
  return {
    name,
    summary,
    notes,
    positional,
    flags,
    output,
    prepare: (args) => {
      const parsed = parseFlags(name, flags, args, positional);
      return async (context) => {
        const result = await definition.run(parsed, context);
        return {
          get value() {
            return definition.value(result);
          },
          pieces: definition.pieces?.(result) ?? null,
          exit: definition.exit?.(result) ?? exitCode.ok,
          render: (width) => definition.render(result, width),
        };
      };
    },
  };
}
