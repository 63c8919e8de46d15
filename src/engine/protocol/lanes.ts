/** Traffic classes of tasks, the first one served first. */
export const LANES = ["critical", "standard", "background"] as const;
export type Lane = (typeof LANES)[number];
