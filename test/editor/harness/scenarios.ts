/** One start of the editor. A test file `x.NAME.test.ts` runs in the scenario NAME, every other in the first one. */
export interface Scenario {
  readonly name: string;
  /** Untrusted means "Restricted Mode" with Workspace Trust on. */
  readonly trusted: boolean;
  /** User settings on top of the quiet ones every scenario has. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly theme: string;
  /** Added to the environment of the editor and so of the extension host. */
  readonly env: Readonly<Record<string, string>>;
  /** Days of the demo's load that a simulator writes into the store before anything starts. */
  readonly simulatedDays: number;
  /** Its tests mostly wait for the world, so it runs beside the others, in an editor and with an engine of its own. */
  readonly beside: boolean;
  /** Workspace files by path. */
  readonly files: Readonly<Record<string, string>>;
}

const FILES = { "README.md": "# A small workspace\n", "src/app.js": "export const answer = 42;\n" };

const PLAIN = { settings: {}, theme: "Dark Modern", env: {}, simulatedDays: 0, beside: false, files: FILES };

export const SCENARIOS: readonly [Scenario, ...Scenario[]] = [
  { ...PLAIN, name: "trusted", trusted: true },
  { ...PLAIN, name: "restricted", trusted: false },
  { ...PLAIN, name: "patient", trusted: true, beside: true },
  // What takes days of history to show, even squeezed ones.
  { ...PLAIN, name: "seasoned", trusted: true, simulatedDays: 5 },
];

export const QUIET_SETTINGS: Readonly<Record<string, unknown>> = {
  "chat.disableAIFeatures": true,
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "http.proxySupport": "off",
  "security.workspace.trust.startupPrompt": "never",
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  // Else the browser chooses between light and dark, and `theme` is not used.
  "window.autoDetectColorScheme": false,
  "window.commandCenter": false,
  "workbench.reduceMotion": "on",
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
};

/** @throws RangeError for a file name that asks for a scenario nobody has defined */
export function scenarioOf(file: string): Scenario {
  const match = /([^/\\]+)\.test\.ts$/.exec(file);
  const asked = match?.[1]?.split(".")[1];
  if (asked === undefined) return SCENARIOS[0];
  const scenario = SCENARIOS.find(({ name }) => name === asked);
  if (scenario === undefined) {
    throw new RangeError(`${file}: no scenario "${asked}" (known: ${SCENARIOS.map(({ name }) => name).join(", ")})`);
  }
  return scenario;
}
