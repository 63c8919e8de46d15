import { adaptive } from "./adaptive.ts";
import { clairvoyant } from "./clairvoyant.ts";
import { fixed } from "./fixed.ts";
import { hpa } from "./hpa.ts";
import type { PolicyKind } from "./policy.ts";
import { threshold } from "./threshold.ts";

/** Every policy that is compared, the bound last. A new one is a file and a line here. */
export const POLICIES: readonly PolicyKind[] = [fixed, threshold, hpa, adaptive, clairvoyant];
