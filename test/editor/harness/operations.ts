/** What a test inside the editor can ask of the browser that shows it. Declared once: driver, server and page derive from it. */

export interface TreeRow {
  readonly label: string;
  readonly description: string;
  /** 1 is the top. */
  readonly level: number;
  /** `null` for a row without children. */
  readonly expanded: boolean | null;
  readonly ariaLabel: string;
  /** Titles of the inline actions, shown or waiting for the pointer. */
  readonly actions: readonly string[];
}

export interface StatusBarItem {
  readonly id: string;
  readonly text: string;
  readonly ariaLabel: string;
  readonly kind: "plain" | "warning" | "error";
}

export interface NotificationToast {
  readonly message: string;
  readonly severity: "info" | "warning" | "error";
  readonly buttons: readonly string[];
}

export interface DialogContent {
  readonly message: string;
  readonly detail: string;
  readonly buttons: readonly string[];
}

export interface ScreenshotOptions {
  readonly clip?: "sidebar" | "editor" | "panel";
}

export interface Operations {
  /** @returns the path of the picture, below `.cache/screenshots` */
  screenshot(name: string, options?: ScreenshotOptions): string;
  /**
   * Rows of one view as shown. The tree draws only what fits: collapse other views or scroll for more.
   * A view that is hidden or collapsed has no rows.
   */
  treeRows(viewTitle: string): readonly TreeRow[];
  /** The welcome content or message of a view; empty when it has none. */
  viewText(viewTitle: string): string;
  statusBarText(): readonly string[];
  statusBarItems(): readonly StatusBarItem[];
  /** All notifications not yet dismissed: the list behind the bell is opened, read and closed. */
  notifications(): readonly NotificationToast[];
  notificationChoose(button: string): void;
  click(selector: string): void;
  clickRow(viewTitle: string, rowLabel: string): void;
  /** Opens or closes a row by its arrow. */
  toggleRow(viewTitle: string, rowLabel: string): void;
  clickRowAction(rowLabel: string, actionTitle: string, viewTitle?: string): void;
  /** What the editor shows when the pointer rests on a row. */
  rowTooltip(viewTitle: string, rowLabel: string): string;
  /** As playwright spells keys: `Escape`, `Control+Shift+P`. */
  pressKey(key: string): void;
  typeText(text: string): void;
  runCommandViaPalette(title: string): void;
  /** `null` when no modal dialog is open. */
  dialogText(): DialogContent | null;
  dialogChoose(button: string): void;
  /** Labels of an open pick list (what fits); `null` when none is open. */
  quickPickItems(): readonly string[] | null;
  quickPickChoose(label: string): void;
  /** Title, prompt and validation message of an open input box or pick list; `null` when none is open. */
  quickInputText(): string | null;
  /** Cancels every dialog, pick list and menu that is open. */
  closeOverlays(): void;
  /** Visible text of every open webview. */
  webviewTexts(): readonly string[];
  /** Presses a button of an open webview, by its name. */
  webviewPress(button: string): void;
  /** Scrolls an open webview to the part under this heading. */
  webviewShow(heading: string): void;
  /** What is cut off at the right edge of an open webview of ours. */
  webviewClipped(): readonly string[];
  /** Makes the window so wide that an open webview has this width, with the height it has. @returns the window's width before */
  webviewWidth(pixels: number): number;
  windowWidth(pixels: number): void;
  /** Runs an expression in the page, for what has no operation of its own; the answer must be JSON. */
  evaluate(expression: string): unknown;
}

export type OperationName = keyof Operations;

export interface OperationCall {
  readonly operation: OperationName;
  readonly args: readonly unknown[];
}

export type OperationAnswer =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly error: string };
