import type { LeaseWorld } from "../../../src/engine/ports.ts";

/** A machine on which nobody who asks for a lease is to be seen. */
export const noLeases: { readonly leaseWorld: LeaseWorld; readonly bootId: string } = {
  leaseWorld: {
    room: () => ({ leftBytes: null, eachBytes: null }),
    refusal: () => null,
    isThere: () => false,
    speaksFor: () => false,
    treeBytes: () => null,
  },
  bootId: "boot",
};
