/** Formats of profiles, in the order in which a file's content is held against them. */
export const PROFILE_FORMATS = ["cpuprofile", "heapprofile", "speedscope", "pprof", "perf-script", "folded"] as const;
export type ProfileFormatId = (typeof PROFILE_FORMATS)[number];

/** Those that are written as well. */
export const WRITABLE_PROFILE_FORMATS = ["cpuprofile", "speedscope", "pprof", "folded"] as const;
export type WritableProfileFormatId = (typeof WRITABLE_PROFILE_FORMATS)[number];

/** Larger files are refused before anything of them is read: what is made of one takes several times its size. */
export const MOST_PROFILE_BYTES = 500_000_000;

/** What of a profile a format may not be able to hold. */
export const LOST_PARTS = ["unit", "order", "places"] as const;
export type LostPart = (typeof LOST_PARTS)[number];
