import type * as z from "zod";
import { exitCode, type ExitCode } from "../engine/protocol/cli.ts";
import type { Line } from "./lines.ts";
import { parseFlags } from "./parse.ts";
import type { VerbContext } from "./world.ts";

/** How one verb is written: contract, what it does, how it reads. */
export interface VerbDefinition<F extends z.ZodObject, O extends z.core.$ZodType> {
  readonly name: string;
  /** One line for the list of verbs. */
  readonly summary: string;
  /** More for its own help: units, what the exit code says. */
  readonly notes?: readonly string[];
  readonly flags: F;
  readonly output: O;
  run(flags: z.output<F>, context: VerbContext): Promise<z.output<O>>;
  /** For people; `width` in cells, `null` = as wide as it gets. */
  render(output: z.output<O>, width: number | null): readonly Line[];
  /** Other than 0 when the output itself says that something is missing. */
  exit?(output: z.output<O>): ExitCode;
}

/** What a verb gave, with its type closed over. */
export interface VerbResult {
  readonly value: unknown;
  readonly exit: ExitCode;
  render(width: number | null): readonly Line[];
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly notes: readonly string[];
  readonly flags: z.ZodObject;
  readonly output: z.core.$ZodType;
  /** @throws CliFailure exit code 2 */
  prepare(args: readonly string[]): (context: VerbContext) => Promise<VerbResult>;
}

/** Closes the types of one verb, so that verbs with different contracts stand in one array. */
export function defineVerb<F extends z.ZodObject, O extends z.core.$ZodType>(definition: VerbDefinition<F, O>): Verb {
  const { name, summary, flags, output } = definition;
  return {
    name,
    summary,
    notes: definition.notes ?? [],
    flags,
    output,
    prepare: (args) => {
      const parsed = parseFlags(name, flags, args);
      return async (context) => {
        const value = await definition.run(parsed, context);
        return {
          value,
          exit: definition.exit?.(value) ?? exitCode.ok,
          render: (width) => definition.render(value, width),
        };
      };
    },
  };
}
