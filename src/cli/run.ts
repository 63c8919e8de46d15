import type { EngineConnection } from "../engine/client.ts";
import { type CliError, exitCode, type ExitCode } from "../engine/protocol/cli.ts";
import { printableJson } from "../text/printable.ts";
import { moreReasons } from "../text/moreReasons.ts";
import { addReasons, reasonText } from "../text/reasons.ts";
import { CliFailure, exitCodeOf, reasonOf, usageFailure } from "./failure.ts";
import { generalHelp, PROGRAM, verbHelp, verbSchema } from "./help.ts";
import { type Line, paint } from "./lines.ts";
import { nearest } from "./nearest.ts";
import type { Verb, VerbResult } from "./verb.ts";
import type { CliWorld, Output, VerbContext } from "./world.ts";

/** What was typed, before any contract is looked at. */
type Invocation =
  | { readonly kind: "generalHelp" }
  | { readonly kind: "verbHelp"; readonly verb: Verb }
  | { readonly kind: "schema"; readonly verb: Verb }
  | { readonly kind: "verb"; readonly verb: Verb; readonly args: readonly string[] };

addReasons(moreReasons);

/**
 * Runs one command line to its end. Never rejects.
 * @param args without the program and the script
 * @returns the exit code; everything has been handed to the outputs by then
 */
export async function runCli(args: readonly string[], verbs: readonly Verb[], world: CliWorld): Promise<ExitCode> {
  const json = args.includes("--json");
  const connections: EngineConnection[] = [];
  try {
    return await perform(understand(args, verbs), json, verbs, world, connections);
  } catch (error) {
    return tellFailure(error, json, world);
  } finally {
    for (const connection of connections) connection.dispose();
  }
}

async function perform(
  invocation: Invocation,
  json: boolean,
  verbs: readonly Verb[],
  world: CliWorld,
  connections: EngineConnection[],
): Promise<ExitCode> {
  switch (invocation.kind) {
    case "generalHelp":
      print(world.stdout, generalHelp(verbs));
      return exitCode.ok;
    case "verbHelp":
      if (json) world.stdout.write(`${printableJson(verbSchema(invocation.verb))}\n`);
      else print(world.stdout, verbHelp(invocation.verb));
      return exitCode.ok;
    case "schema":
      world.stdout.write(`${printableJson(verbSchema(invocation.verb), 2)}\n`);
      return exitCode.ok;
    case "verb": {
      const run = invocation.verb.prepare(invocation.args);
      const result = await run(contextOf(world, connections));
      if (json) writeJson(world.stdout, result);
      else print(world.stdout, result.render(world.stdout.width));
      return result.exit;
    }
  }
}

function writeJson(output: Output, result: VerbResult): void {
  if (result.pieces === null) output.write(`${printableJson(result.value)}\n`);
  else {
    for (const piece of result.pieces) output.write(piece);
    output.write("\n");
  }
}

/** @throws CliFailure exit code 2 */
function understand(args: readonly string[], verbs: readonly Verb[]): Invocation {
  const at = args.findIndex((arg) => !arg.startsWith("-"));
  const before = at < 0 ? args : args.slice(0, at);
  const name = args[at];
  for (const flag of before) {
    if (flag === "--version" && name === undefined)
      return { kind: "verb", verb: find(verbs, "version"), args: withJson(args) };
    if (!["--help", "-h", "--json", "--schema", "--no-start"].includes(flag)) {
      throw usageFailure("flag.unknown", {
        flag,
        verb: null,
        nearest: nearest(flag.slice(2), ["help", "version", "json"]),
      });
    }
  }
  if (name === undefined) {
    if (!before.some((flag) => flag === "--help" || flag === "-h")) throw usageFailure("verb.missing");
    return args.includes("--json")
      ? { kind: "verb", verb: find(verbs, "help"), args: ["--json"] }
      : { kind: "generalHelp" };
  }
  const verb = find(verbs, name);
  const rest = [...before, ...args.slice(at + 1)];
  // `help VERB` is what many type first.
  const topic = rest.find((arg) => !arg.startsWith("-"));
  if (verb.name === "help" && topic !== undefined) return { kind: "verbHelp", verb: find(verbs, topic) };
  if (rest.includes("--help") || rest.includes("-h")) return { kind: "verbHelp", verb };
  if (rest.includes("--schema")) return { kind: "schema", verb };
  return { kind: "verb", verb, args: rest };
}

function withJson(args: readonly string[]): string[] {
  return args.includes("--json") ? ["--json"] : [];
}

function find(verbs: readonly Verb[], name: string): Verb {
  const verb = verbs.find((each) => each.name === name);
  if (verb !== undefined) return verb;
  throw usageFailure("verb.unknown", {
    verb: name,
    nearest: nearest(
      name,
      verbs.map((each) => each.name),
    ),
  });
}

function contextOf(world: CliWorld, connections: EngineConnection[]): VerbContext {
  const { stderr } = world;
  const tell: VerbContext["tell"] = (reason) => {
    // For somebody who watches; a log of a script is better off without.
    if (stderr.terminal) print(stderr, [[{ text: reasonText(reason), tone: "faint" }]]);
  };
  return {
    version: world.version,
    interrupt: world.interrupt,
    confirm: world.confirm,
    readFile: world.readFile,
    readPieces: world.readPieces,
    readProfile: world.readProfile,
    writeFile: world.writeFile,
    resolvePath: world.resolvePath,
    loadForecaster: world.loadForecaster,
    serveAgents: world.serveAgents,
    watchProcess: world.watchProcess,
    wallMs: world.wallMs,
    monotonicMs: world.monotonicMs,
    delay: world.delay,
    tell,
    connect: async (start) => {
      try {
        const connection = await world.connect(
          {
            role: "operator",
            client: { name: PROGRAM, version: world.version, kind: "cli" },
            start,
            distFolder: world.distFolder,
            onProgress: tell,
          },
          world.interrupt,
        );
        connections.push(connection);
        return connection;
      } catch (error) {
        if (world.interrupt.aborted) throw error;
        const { code, args } = reasonOf(error);
        throw new CliFailure(exitCode.noEngine, code, args, { cause: error });
      }
    },
  };
}

function tellFailure(error: unknown, json: boolean, world: CliWorld): ExitCode {
  // After Ctrl-C whatever broke off broke off because of it; a failure that says more keeps its words.
  const interrupted = world.interrupt.aborted;
  const reason = interrupted && !(error instanceof CliFailure) ? { code: "aborted", args: {} } : reasonOf(error);
  const exit = interrupted ? exitCode.interrupted : exitCodeOf(error);
  const message = reasonText(reason);
  if (json) {
    const value: CliError = { error: { code: reason.code, args: { ...reason.args }, message } };
    world.stdout.write(`${printableJson(value)}\n`);
  } else {
    print(world.stderr, [[{ text: `${PROGRAM}: `, tone: "bad" }, message]]);
  }
  return exit;
}

function print(output: Output, lines: readonly Line[]): void {
  output.write(paint(lines, output.colour));
}
