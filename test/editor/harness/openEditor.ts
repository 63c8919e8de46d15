import type { Page } from "playwright-core";
import type { Scenario } from "./scenarios.ts";

export interface ScenarioFolders {
  /** Short, and removed at the end. */
  readonly base: string;
  readonly workspace: string;
  /** Holds `User/settings.json`. */
  readonly userData: string;
  /** The extension under test and the one that runs the tests. */
  readonly extensions: string;
}

export interface OpenEditor {
  readonly page: Page;
  /** Settles with the reason when the editor ends by itself. */
  readonly ended: Promise<string>;
  /** Its last output, for a report. */
  output(): string;
  /** Ends all of its processes; resolves when they are gone. */
  stop(): Promise<void>;
}

/** Opens the editor on a scenario: in the browser for `npm test`, on the desktop for `npm run test:desktop`. */
export type EditorOpener = (
  scenario: Scenario,
  folders: ScenarioFolders,
  given: {
    readonly env: Readonly<Record<string, string | undefined>>;
    /** Called with the page as soon as there is one, before it shows anything. */
    onPage(page: Page): void;
  },
) => Promise<OpenEditor>;
