const DAY_MS = 86_400_000;

/** A moment as the reader's clock shows it; with its day when that is not within the last or the next half day. */
export function clockText(atMs: number, nowMs = Date.now()): string {
  const at = new Date(atMs);
  const time = at.toLocaleTimeString();
  return Math.abs(atMs - nowMs) < DAY_MS / 2 ? time : `${at.toLocaleDateString()} ${time}`;
}

/** ` until 15:20:00`; nothing for what has no end of its own. */
export function untilText(atMs: number | null | undefined): string {
  return atMs == null ? "" : ` until ${clockText(atMs)}`;
}
