import { helpFlags, helpOutput } from "../../engine/protocol/cli.ts";
import { generalHelp } from "../help.ts";
import { flagShapes } from "../parse.ts";
import { defineVerb, type Verb } from "../verb.ts";

/** @param listed the verbs, read when help is asked for, because help is one of them */
export function helpVerb(listed: () => readonly Verb[]): Verb {
  return defineVerb({
    name: "help",
    summary: "List the verbs; VERB --help shows the flags of one",
    flags: helpFlags,
    output: helpOutput,
    run: () =>
      Promise.resolve({
        verbs: listed().map(({ name, summary, flags }) => ({
          name,
          summary,
          flags: flagShapes(flags).map((shape) => shape.name),
        })),
      }),
    render: () => generalHelp(listed()),
  });
}
