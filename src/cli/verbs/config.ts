import { isDeepStrictEqual } from "node:util";
import * as z from "zod";
import {
  type ConfigSetOutput,
  configGetFlags,
  configGetOutput,
  configSetFlags,
  configSetOutput,
} from "../../engine/protocol/cli.ts";
import {
  type ConfigFile,
  type ConfigKey,
  type ConfigPatch,
  configPatch,
  leastAgents,
} from "../../engine/protocol/config.ts";
import { calls } from "../../engine/protocol/rpc.ts";
import { countText } from "../../text/figures.ts";
import { usageFailure } from "../failure.ts";
import { indent, type Line, type Span } from "../lines.ts";
import { table } from "../table.ts";
import { defineVerb } from "../verb.ts";

/** As it stands in `sources` of the configuration. */
const SOURCE = "command line";

export const configGet = defineVerb({
  name: "config-get",
  summary: "Show the configuration that the engine uses",
  notes: ["Values of environment variables are shown with --json only: they may be secrets."],
  flags: configGetFlags,
  output: configGetOutput,
  run: async (flags, context) => {
    const connection = await context.connect(!flags["no-start"]);
    return connection.call(calls.configGet, {}, context.interrupt);
  },
  render: (output, width) => configLines(output, width),
});

export const configSet = defineVerb({
  name: "config-set",
  summary: "Change the configuration from a JSON file",
  notes: [
    "The file holds the keys to change (swarms, demo, recognitionRules, keepRunning, history, forecast,",
    "tfjsNodePath, faultTolerance, prices, doors), each whole, or what",
    "'config-get --json' printed, edited. The latter also tells which revision was edited: a key that somebody else has",
    "changed since is shown as a conflict, and nothing is changed.",
  ],
  flags: configSetFlags,
  output: configSetOutput,
  run: async (flags, context): Promise<ConfigSetOutput> => {
    const wanted = readWanted(flags.file, await context.readFile(flags.file, context.interrupt));
    const connection = await context.connect(!flags["no-start"]);
    const before = await connection.call(calls.configGet, {}, context.interrupt);
    const changed = changedKeys(wanted.patch, before);
    if (changed.length === 0) return { revision: before.revision, changed, values: before.values };
    const after = await connection.call(
      calls.configPatch,
      {
        source: SOURCE,
        baseRevision: wanted.revision ?? before.revision,
        patch: Object.fromEntries(changed.map((key) => [key, wanted.patch[key]])),
      },
      context.interrupt,
    );
    return { revision: after.revision, changed, values: after.values };
  },
  render: ({ revision, changed }) =>
    changed.length === 0
      ? [[`Nothing to change; revision ${revision}`]]
      : [[{ text: "changed", tone: "good" }, `  ${changed.join(", ")} · revision ${revision}`]],
});

/** What `config-get --json` prints; keys beside these are not for a person to set and are ignored. */
const editedFile = z
  .object({ revision: z.int().min(0), values: configPatch })
  .transform(({ revision, values }): Wanted => ({ patch: values, revision }));
const barePatch = z.pipe(
  configPatch,
  z.transform((patch: ConfigPatch): Wanted => ({ patch, revision: null })),
);

interface Wanted {
  readonly patch: ConfigPatch;
  /** The revision that was edited; `null` when the file does not say. */
  readonly revision: number | null;
}

/** @throws CliFailure `file.notJson`, `config.invalid` with the path of the field */
export function readWanted(path: string, text: string): Wanted {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    throw usageFailure("file.notJson", { path, reason: error instanceof Error ? error.message : String(error) });
  }
  const whole = typeof json === "object" && json !== null && "values" in json;
  const parsed = (whole ? editedFile : barePatch).safeParse(json);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw usageFailure("config.invalid", {
    file: path,
    path: issue?.path.join(".") ?? "",
    problem: issue?.message ?? "unknown",
  });
}

/** Only what differs is sent, so that an untouched key keeps the source that set it. */
function changedKeys(patch: ConfigPatch, { values }: ConfigFile): ConfigKey[] {
  return (Object.keys(patch) as ConfigKey[]).filter(
    (key) => patch[key] !== undefined && !isDeepStrictEqual(patch[key], values[key]),
  );
}

function configLines({ revision, values, sources }: ConfigFile, width: number | null): Line[] {
  const from = (key: ConfigKey): string => (sources[key] === undefined ? "default" : `set by ${sources[key]}`);
  const { demo } = values;
  const rows = values.swarms.map((swarm): Span[] => [
    swarm.id,
    `${leastAgents(swarm)} to ${swarm.maxAgents}`,
    swarm.mode,
    Object.keys(swarm.env).join(", "),
    [swarm.command, ...swarm.args].join(" "),
  ]);
  return [
    [{ text: `revision ${revision}`, tone: "strong" }],
    [`keepRunning       ${values.keepRunning} · ${from("keepRunning")}`],
    [
      `demo              ${demo.minAgents} to ${demo.maxAgents} agents, begins with ${demo.initialAgents} · ${demo.mode} · ${from("demo")}`,
    ],
    [`recognitionRules  ${countText(values.recognitionRules.length, "rule")} · ${from("recognitionRules")}`],
    [`swarms            ${countText(values.swarms.length, "swarm")} · ${from("swarms")}`],
    ...indent(
      table(
        [
          { title: "ID", align: "left" },
          { title: "AGENTS", align: "right" },
          { title: "MODE", align: "left" },
          { title: "ENVIRONMENT", align: "left" },
          { title: "COMMAND", align: "left", elastic: true },
        ],
        rows,
        width === null ? null : width - 2,
      ),
    ),
  ];
}
