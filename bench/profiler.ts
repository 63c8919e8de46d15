import { flameBench } from "./lib/flameBench.ts";

/** Profiles: how soon a large one is seen, and how smoothly it moves. */
await flameBench("profiler");
