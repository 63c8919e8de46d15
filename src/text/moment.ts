const two = (value: number): string => String(value).padStart(2, "0");

/** `2026-11-24 14:03:22` where the reader is. */
export function localTime(wallMs: number): string {
  const at = new Date(wallMs);
  return Number.isNaN(at.getTime()) ? "unknown" : `${localMinute(wallMs)}:${two(at.getSeconds())}`;
}

/** `2026-11-24 14:03`. */
export function localMinute(wallMs: number): string {
  const at = new Date(wallMs);
  if (Number.isNaN(at.getTime())) return "unknown";
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return `${day} ${two(at.getHours())}:${two(at.getMinutes())}`;
}
