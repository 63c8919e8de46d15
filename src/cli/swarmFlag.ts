const DEMO_ID = "demo";

/** The contract lets exactly one of the two through. */
export function swarmIdOf(flags: { readonly demo: boolean; readonly "swarm-id"?: string | undefined }): string {
  return flags["swarm-id"] ?? DEMO_ID;
}
