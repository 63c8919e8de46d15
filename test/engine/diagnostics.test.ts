import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isOwnCode, isReported, LEFT_OUT, type PrivateNames, reportedArgs } from "../../src/engine/diagnosticArgs.ts";
import { collectDiagnostics, type DiagnosticFacts } from "../../src/engine/diagnostics.ts";
import { ENSEMBLE } from "../../src/engine/forecast/ensemble.ts";
import { forecasters } from "../../src/engine/forecast/models.ts";
import { diagnosticsOutput } from "../../src/engine/protocol/cli.ts";
import type { DoorsState } from "../../src/engine/protocol/doors.ts";
import type { HostFacts } from "../../src/engine/protocol/model.ts";
import type { LogRecord, Overview } from "../../src/engine/protocol/rpc.ts";
import { moreReasons } from "../../src/text/moreReasons.ts";
import { connectionReasons } from "../../src/text/reasons/connection.ts";
import { agentSample, diagnosticsSample, managedSample, observedSample, overviewSample } from "../cli/samples.ts";

const NOW_MS = 1_700_000_600_000;

const names: PrivateNames = {
  home: "/home/josephine",
  user: "josephine",
  hostname: "falcon.example.org",
  stateFolder: "/home/josephine/.local/state/swarm-allocator/ab12",
  runtimeFolder: "/run/user/1000/swarm-allocator",
};

const hostFacts: HostFacts = {
  osName: "Debian",
  osVersion: "13",
  kernel: "6.1.0-falcon",
  cpuModel: "Some CPU",
  cpuCount: 4,
  memoryTotalBytes: 1e9,
  hostname: names.hostname,
  sandbox: "",
  fileSystems: [],
};

function factsOf(overview: Overview, log: readonly LogRecord[] = []): DiagnosticFacts {
  const { runtime, store } = diagnosticsSample();
  const doors: DoorsState = { wallMs: NOW_MS, http: { kind: "off" }, otlp: { kind: "off" } };
  return { overview, runtime, store, doors, log, names };
}

const record = (args: LogRecord["args"], code = "spawn.failed"): LogRecord => ({
  wallMs: NOW_MS,
  level: "warn",
  code,
  args,
});

/** Twenty, of the shapes that secrets have. */
const CANARIES = [
  "sk-ant-api03-CANARYcanary0123456789",
  "ghp_CANARY0123456789abcdefghijklmnop",
  "AKIACANARY0123456789",
  "hunter2CANARY",
  "Bearer CANARY.eyJhbGciOi.J9",
  "canary@example.org",
  "canary.internal",
  "canaryword",
  "https://user:canary@proxy.example.org:8080",
  "ENOENT-canary",
  "SIGCANARYX",
  "1.2.3-canary",
  "/home/josephine/clients/canary/notes",
  "/srv/canary/project",
  "C:\\Users\\canary\\secret",
  "--password=canary",
  "API_KEY=canary",
  "canary\u001b[31m",
  "018bcfe5-canary-7000",
  "xoxb-canary-canary",
];
const FOUND = /canary/i;

describe("diagnostics", () => {
  test("are of their contract and have what a bug report needs", () => {
    const overview = overviewSample({ facts: hostFacts });
    const report = collectDiagnostics(
      factsOf(overview, [record({ pid: 7, reason: "ENOSPC: no space left on device, write '/x/y'", swarmId: "demo" })]),
    );
    expect(diagnosticsOutput.parse(report)).toEqual(report);
    expect(report.engine).toMatchObject({ pid: 4200, version: "1.2.3", restarts: 1 });
    expect(report.host).toEqual(overview.host);
    expect(report.facts).toMatchObject({ osName: "Debian", kernel: "6.1.0-…" });
    expect(report.swarms).toEqual([
      { id: "demo", kind: "managed", agents: 2, target: 3, mode: "recommend", activity: "scaling", problem: null },
      { id: "claude-code#1", kind: "observed", agents: 1, target: null, mode: null, activity: null, problem: null },
    ]);
    expect(report.log).toEqual([record({ pid: 7, reason: "ENOSPC", swarmId: "demo" })]);
  });

  test("of an engine that has measured nothing yet say so", () => {
    const report = collectDiagnostics(factsOf(overviewSample({ host: null, facts: null, swarms: [] })));
    expect(report).toMatchObject({ host: null, facts: null, swarms: [], log: [] });
  });

  test("hold none of twenty canaries, wherever they were planted", () => {
    for (const canary of CANARIES) {
      const agents = [
        agentSample(1, {
          id: canary,
          name: canary,
          command: `node --token ${canary}`,
          problem: { code: "worker.garbage", args: { line: canary } },
          tools: [{ pid: 2, startTime: 1, name: canary, cpuCores: null, rssBytes: null }],
        }),
      ];
      const problem = { code: canary, args: { [canary]: 1, command: canary, stderr: canary, reason: canary } };
      const overview = overviewSample({
        facts: {
          ...hostFacts,
          hostname: canary,
          fileSystems: [{ mount: canary, type: "x", sizeBytes: 1, usedBytes: 1 }],
        },
        swarms: [
          managedSample({ label: canary, agents, problem, activity: { kind: "held", reason: problem } }),
          observedSample({ id: `claude-code@${canary}`, label: canary, directory: canary, agents }),
          observedSample({ id: canary, agentKind: `${canary}!` }),
        ],
        engine: { ...overviewSample().engine, notices: [problem], buildId: `${canary}!` },
      });
      const everyKey = [
        ..."reason code detail message signal version running needed from to mode method key source swarmId agentId".split(
          " ",
        ),
        ..."decisionId model baseline path fallback log file command args env stderr label line name client cwd".split(
          " ",
        ),
        "__proto__",
        "constructor",
        canary,
      ];
      const log = everyKey.map((key) => record(Object.fromEntries([[key, canary]])));
      const facts = factsOf(overview, [...log, record({}, canary)]);
      const report = collectDiagnostics({ ...facts, store: { ...facts.store, problem } });
      expect(JSON.stringify(report), canary).not.toMatch(FOUND);
    }
  });

  test("have no user, host or home, and no control characters", () => {
    const overview = overviewSample({
      facts: { ...hostFacts, kernel: "6.1 josephine@FALCON\u202e", osName: "/home/josephine" },
    });
    const text = JSON.stringify(
      collectDiagnostics(
        factsOf(overview, [record({ path: `${names.stateFolder}/swarm.db`, reason: "of josephine" })]),
      ),
    );
    expect(text).not.toMatch(/josephine|falcon/i);
    expect(text).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  });

  test("print any text of a log record only in a form of ours", () => {
    const safe =
      /^(?:|\(left out\)|[A-Z][A-Z0-9_]{2,20}|[a-zA-Z]+(?:\.[A-Za-z-]+)?|\d+(?:\.\d+){1,2}.{0,12}|(?:<state>|<runtime>|~|)(?:\/…|\/[a-z.-]+)*|[0-9a-f-]+(?:\.[0-9a-f-]+)?|editor settings|command line|[a-z]+\/[a-zA-Z]+)$/;
    const key = fc.constantFrom("reason", "code", "path", "from", "version", "signal", "model", "agentId", "line");
    fc.assert(
      fc.property(key, fc.oneof(fc.string(), fc.constantFrom(...CANARIES)), (name, value) => {
        const [reported] = Object.values(reportedArgs({ [name]: value }, names, new Map()));
        expect(String(reported)).toMatch(safe);
      }),
    );
  });
});

describe("an argument", () => {
  const reported = (args: LogRecord["args"]) => reportedArgs(args, names, new Map([["tests", "tests"]]));

  test.each([
    [{ path: `${names.stateFolder}/swarm.db` }, { path: "<state>/swarm.db" }],
    [{ path: `${names.stateFolder}/log/engine-events.log` }, { path: "<state>/log/engine-events.log" }],
    [{ path: `${names.stateFolder}/backups/for my boss.db` }, { path: "<state>/backups/…" }],
    [{ path: `${names.stateFolder}/../../../secret` }, { path: "/…" }],
    [{ path: `${names.stateFolder}-else/swarm.db` }, { path: "~/…" }],
    [{ path: `${names.runtimeFolder}/engine.sock` }, { path: "<runtime>/engine.sock" }],
    [{ path: "/home/josephine/clients/acme" }, { path: "~/…" }],
    [{ path: "/home/josephine" }, { path: "~" }],
    [{ path: "/home/josephinette/x" }, { path: "/…" }],
    [{ path: "/srv/acme" }, { path: "/…" }],
    [{ reason: "EACCES: permission denied, open '/srv/acme'" }, { reason: "EACCES" }],
    [{ reason: "keeper.deadline" }, { reason: "keeper.deadline" }],
    [{ reason: "build.acme-corp" }, { reason: LEFT_OUT }],
    [{ reason: "it said no" }, { reason: LEFT_OUT }],
    [
      { from: "observe", to: "auto" },
      { from: "observe", to: "auto" },
    ],
    [
      { from: 3, to: 5 },
      { from: 3, to: 5 },
    ],
    [
      { version: "1.2.3", signal: "SIGKILL", exitCode: null },
      { version: "1.2.3", signal: "SIGKILL", exitCode: null },
    ],
    [{ swarmId: "tests" }, { swarmId: "tests" }],
    [{ swarmId: "claude-code@/srv/acme" }, { swarmId: LEFT_OUT }],
    [{ method: "swarm/scale" }, { method: "swarm/scale" }],
    [{ method: "acme/scale" }, { method: LEFT_OUT }],
    [{ command: "psql", stderr: "x", line: "y" }, { line: LEFT_OUT }],
    [
      { pid: 7, reason: null },
      { pid: 7, reason: null },
    ],
    [{ unheardOf: 7 }, {}],
  ])("%j is reported as %j", (args, as) => expect(reported(args)).toEqual(as));

  test("codes of ours are known as such", () => {
    const codes = [connectionReasons, ...moreReasons].flatMap((group) => Object.keys(group));
    expect(codes.filter((code) => !isOwnCode(code))).toEqual([]);
    for (const text of ["www.example", "acme.internal", "a.b.c", "engine.", ".engine", "Engine", "engine.x y"])
      expect(isOwnCode(text), text).toBe(false);
  });

  test("every figure that words are made of is reported", () => {
    const folder = join(import.meta.dirname, "../../src/text/reasons");
    const sources = readdirSync(folder).map((name) => readFileSync(join(folder, name), "utf8"));
    const asked = sources.flatMap((source) =>
      Array.from(
        source.matchAll(/a\.(?:number|count|bytes|duration|seconds|positive)\("(\w+)"/g),
        ([, key]) => key ?? "",
      ),
    );
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter((key) => !isReported(key))).toEqual([]);
  });

  test("every model there is is reported by its name", () => {
    // Only the names are asked for: nothing is fitted.
    const never = () => {
      throw new Error("was fitted");
    };
    const models = forecasters({ augurs: { ets: never, mstl: never, broken: never }, tensorFlow: never });
    for (const { id } of [...models, { id: ENSEMBLE }, { id: "none" }])
      expect(reported({ model: id })).toEqual({ model: id });
  });
});
