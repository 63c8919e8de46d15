import type { DialogContent, NotificationToast, StatusBarItem, TreeRow } from "./operations.ts";

/**
 * Functions that run inside the page (playwright sends their source), so each stands alone: no helper, no import.
 * Class names are those of VS Code's own parts and have been stable for years; all of them are here and in `page.ts`.
 */

export function readTreeRows(viewTitle: string): TreeRow[] {
  const clean = (text: string | null | undefined): string => (text ?? "").replaceAll("\u00a0", " ").trim();
  const pane = [...document.querySelectorAll(".pane")].find(
    (it) => clean(it.querySelector(".pane-header .title")?.textContent).toLowerCase() === viewTitle.toLowerCase(),
  );
  if (pane === undefined) return [];
  const top = (row: Element): number => row.getBoundingClientRect().top;
  return [...pane.querySelectorAll(".pane-body .monaco-list-row")]
    .toSorted((a, b) => top(a) - top(b))
    .map((row) => {
      const expanded = row.getAttribute("aria-expanded");
      return {
        label: clean(row.querySelector(".label-name")?.textContent ?? row.textContent),
        description: clean(row.querySelector(".label-description")?.textContent),
        level: Number(row.getAttribute("aria-level") ?? 1),
        expanded: expanded === null ? null : expanded === "true",
        ariaLabel: clean(row.getAttribute("aria-label")),
        actions: [...row.querySelectorAll(".actions .action-label")].map((it) => clean(it.getAttribute("aria-label"))),
      };
    });
}

/** Marks one row, so that playwright can find it. @returns whether it is there */
export function markRow({ viewTitle, rowLabel }: { viewTitle: string | null; rowLabel: string }): boolean {
  const clean = (text: string | null | undefined): string => (text ?? "").replaceAll("\u00a0", " ").trim();
  for (const old of document.querySelectorAll("[data-test-row]")) delete (old as HTMLElement).dataset["testRow"];
  const row = [...document.querySelectorAll(".pane .pane-body .monaco-list-row")].find((it) => {
    const title = clean(it.closest(".pane")?.querySelector(".pane-header .title")?.textContent);
    if (viewTitle !== null && title.toLowerCase() !== viewTitle.toLowerCase()) return false;
    return clean(it.querySelector(".label-name")?.textContent ?? it.textContent) === rowLabel;
  });
  if (row === undefined) return false;
  (row as HTMLElement).dataset["testRow"] = "";
  return true;
}

export function readViewText(viewTitle: string): string {
  const pane = [...document.querySelectorAll(".pane")].find(
    (it) =>
      (it.querySelector(".pane-header .title")?.textContent ?? "").trim().toLowerCase() === viewTitle.toLowerCase(),
  );
  const shown = (it: Element): boolean => (it as HTMLElement).offsetParent !== null;
  return [...(pane?.querySelectorAll(".welcome-view-content, .message") ?? [])]
    .filter(shown)
    .map((it) => (it as HTMLElement).innerText.trim())
    .join("\n");
}

export function readStatusBar(): StatusBarItem[] {
  return [...document.querySelectorAll<HTMLElement>(".part.statusbar .statusbar-item")]
    .filter((it) => it.offsetParent !== null)
    .map((it) => ({
      id: it.id,
      text: it.innerText.replaceAll("\u00a0", " ").trim(),
      ariaLabel: (it.querySelector("a[aria-label]") ?? it).getAttribute("aria-label") ?? "",
      kind: it.classList.contains("error-kind") ? "error" : it.classList.contains("warning-kind") ? "warning" : "plain",
    }));
}

export function readNotifications(): NotificationToast[] {
  return [...document.querySelectorAll<HTMLElement>(".notifications-center .notification-list-item")].map((it) => ({
    message: (it.querySelector<HTMLElement>(".notification-list-item-message")?.innerText ?? "").trim(),
    severity:
      it.querySelector(".codicon-error") !== null
        ? "error"
        : it.querySelector(".codicon-warning") !== null
          ? "warning"
          : "info",
    buttons: [...it.querySelectorAll<HTMLElement>(".notification-list-item-buttons-container .monaco-button")]
      .map((button) => button.innerText.trim())
      .filter((text) => text !== ""),
  }));
}

export function readDialog(): DialogContent | null {
  const box = document.querySelector<HTMLElement>(".monaco-dialog-box");
  if (box === null) return null;
  const text = (selector: string): string => box.querySelector<HTMLElement>(selector)?.innerText.trim() ?? "";
  return {
    message: text(".dialog-message-text"),
    detail: text(".dialog-message-detail"),
    buttons: [...box.querySelectorAll<HTMLElement>(".dialog-buttons .monaco-button")]
      .map((button) => button.innerText.trim())
      .filter((label) => label !== ""),
  };
}

export function readQuickPick(): string[] | null {
  const widget = [...document.querySelectorAll<HTMLElement>(".quick-input-widget")].find(
    (it) => it.offsetParent !== null,
  );
  if (widget === undefined) return null;
  const top = (row: Element): number => row.getBoundingClientRect().top;
  return [...widget.querySelectorAll<HTMLElement>(".quick-input-list .monaco-list-row")]
    .toSorted((a, b) => top(a) - top(b))
    .map((row) => (row.querySelector<HTMLElement>(".label-name") ?? row).innerText.replaceAll("\u00a0", " ").trim());
}

export function readQuickInput(): string | null {
  const widget = [...document.querySelectorAll<HTMLElement>(".quick-input-widget")].find(
    (it) => it.offsetParent !== null,
  );
  if (widget === undefined) return null;
  const parts = [".quick-input-title", ".quick-input-description", ".quick-input-message"];
  const placeholder = widget.querySelector("input")?.placeholder ?? "";
  return [...parts.map((part) => widget.querySelector<HTMLElement>(part)?.innerText ?? ""), placeholder]
    .map((text) => text.trim())
    .filter((text) => text !== "")
    .join("\n");
}
