/** What the page "Swarm Forecast" can be saved as. */
export const EXPORT_KINDS = ["csv", "png"] as const;
export type ExportKind = (typeof EXPORT_KINDS)[number];

/** What a page may hand over to be saved: a table of some thousand rows; a picture of a wide screen at twice its pixels. */
export const MAX_CSV_CHARS = 4_000_000;
export const MAX_PICTURE_CHARS = 16_000_000;
