import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { CliFailure } from "../../src/cli/failure.ts";
import { flagShapes, parseFlags, strictNumber } from "../../src/cli/parse.ts";
import { verbs } from "../../src/cli/verbs/all.ts";
import {
  agentStopFlags,
  exitCode,
  metricsCollectFlags,
  statusFlags,
  swarmScaleFlags,
  swarmStartFlags,
} from "../../src/engine/protocol/cli.ts";

function refusal(parse: () => unknown): { code: string; args: Record<string, unknown> } {
  try {
    parse();
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error;
    expect(error.exit).toBe(exitCode.usage);
    return error.reason;
  }
  throw new Error("was accepted");
}

const scale = (...args: string[]) => parseFlags("swarm-scale", swarmScaleFlags, ["--swarm-id", "a", ...args]);

describe("flags", () => {
  test("are read off the contract, defaults included", () => {
    expect(scale("--target-size", "5", "--json")).toEqual({
      "swarm-id": "a",
      "target-size": 5,
      "at-once": false,
      timeout: 60_000,
      json: true,
      help: false,
      schema: false,
      "no-start": false,
    });
  });

  test("take their value after a blank or after =", () => {
    expect(scale("--target-size=7")["target-size"]).toBe(7);
    expect(parseFlags("agent-stop", agentStopFlags, ["--agent-id=--json"])["agent-id"]).toBe("--json");
  });

  test.each(["5x", "1e3", " ", "", "NaN", "Infinity", "0x10", "+5", "5.", ".5", "١", "1_000", "--5"])(
    "refuse %j as a number and name flag and value",
    (value) => {
      expect(refusal(() => scale(`--target-size=${value}`))).toMatchObject({
        code: "flag.invalid",
        args: { flag: "target-size", value },
      });
    },
  );

  test.each(["-1", "2.5", "99999999999999999999"])("refuse %s as a number of agents", (value) => {
    expect(refusal(() => scale("--target-size", value))).toMatchObject({
      code: "flag.invalid",
      args: { flag: "target-size", value },
    });
  });

  test("accept no agents at all as a target", () => {
    expect(scale("--target-size", "0")["target-size"]).toBe(0);
  });

  test("a number is exactly what was typed or it is refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.integer().map(String), fc.double().map(String)), (text) => {
        let number: number;
        try {
          number = strictNumber("n", text);
        } catch {
          // Refused: nothing to compare.
          return;
        }
        expect(text).toMatch(/^-?\d+(\.\d+)?$/);
        expect(number).toBe(Number(text));
      }),
    );
  });

  test.each([
    [["--target-sise", "5"], { flag: "--target-sise", nearest: "target-size" }],
    [["--targetsize", "5"], { flag: "--targetsize", nearest: "target-size" }],
    [["--qqqqqqqq"], { flag: "--qqqqqqqq", nearest: null }],
    [["-t"], { flag: "-t", nearest: null }],
    [["--__proto__", "1"], { flag: "--__proto__" }],
    [["--constructor=1"], { flag: "--constructor" }],
  ])("refuse an unknown one and name the nearest: %j", (args, expected) => {
    expect(refusal(() => scale(...args))).toMatchObject({ code: "flag.unknown", args: expected });
  });

  test("refuse a value for a switch, a missing value, a repetition and a stray word", () => {
    expect(refusal(() => scale("--json=false"))).toMatchObject({ code: "flag.takesNoValue", args: { value: "false" } });
    expect(refusal(() => scale("--target-size"))).toMatchObject({ code: "flag.noValue" });
    expect(refusal(() => scale("--target-size", "--json"))).toMatchObject({ code: "flag.noValue" });
    expect(refusal(() => scale("--target-size", "1", "--target-size", "2"))).toMatchObject({ code: "flag.repeated" });
    expect(refusal(() => scale("--target-size", "1", "5"))).toMatchObject({ code: "argument.unexpected" });
    expect(refusal(() => scale("--target-size", "1", "--", "5"))).toMatchObject({ code: "argument.unexpected" });
  });

  test("name the one that is missing", () => {
    expect(refusal(() => scale())).toMatchObject({ code: "flag.missing", args: { flag: "target-size" } });
  });

  test("name a swarm once: by --demo or by --swarm-id", () => {
    const start = (...args: string[]) => parseFlags("swarm-start", swarmStartFlags, args);
    expect(start("--demo").demo).toBe(true);
    expect(start("--swarm-id", "x")["swarm-id"]).toBe("x");
    expect(refusal(() => start())).toMatchObject({ code: "flags.conflict" });
    expect(refusal(() => start("--demo", "--swarm-id", "x"))).toMatchObject({ code: "flags.conflict" });
    expect(refusal(() => start("--swarm-id", "Not An Id"))).toMatchObject({ code: "flag.invalid" });
  });
});

describe("a list", () => {
  const components = (...args: string[]) => parseFlags("metrics-collect", metricsCollectFlags, args).components;

  test("is given with commas or as a JSON array, or left out for all", () => {
    expect(components("--components", "cpu,memory")).toEqual(["cpu", "memory"]);
    expect(components("--components", " cpu , memory ")).toEqual(["cpu", "memory"]);
    expect(components("--components", '["cpu","memory"]')).toEqual(["cpu", "memory"]);
    expect(components("--components", "cpu,cpu")).toEqual(["cpu"]);
    expect(components()).toEqual(["cpu", "memory", "network", "disk", "agents"]);
  });

  test.each(["gpu", "", "cpu,", "[]", "[1]", '["cpu"', "[null]", '{"a":1}'])("is refused as %j", (value) => {
    expect(refusal(() => components(`--components=${value}`))).toMatchObject({
      code: "flag.invalid",
      args: { flag: "components", value },
    });
  });
});

test("every flag of every verb is described and can be named on the command line", () => {
  for (const verb of verbs) {
    for (const shape of flagShapes(verb.flags)) {
      expect(shape.name, verb.name).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(shape.description, `${verb.name} --${shape.name}`).not.toBe("");
    }
  }
  expect(parseFlags("status", statusFlags, [])).toEqual({ json: false, help: false, schema: false, "no-start": false });
});

test("no command line makes the parser throw anything but a usage failure", () => {
  const word = fc.oneof(
    fc.string(),
    fc.constantFrom(
      "--json",
      "--swarm-id",
      "--target-size",
      "--",
      "-",
      "--=",
      "--target-size=",
      "5",
      "-5",
      "--no-start",
    ),
  );
  fc.assert(
    fc.property(fc.array(word, { maxLength: 6 }), (args) => {
      try {
        parseFlags("swarm-scale", swarmScaleFlags, args);
      } catch (error) {
        expect(error).toBeInstanceOf(CliFailure);
      }
    }),
  );
});
