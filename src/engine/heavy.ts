import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { toCoded } from "./common/errors.ts";
import { type Augurs, AUGURS_FILES, loadAugurs } from "./forecast/augurs.ts";
import { forecast } from "./forecast/forecast.ts";
import { leaveWithParent } from "./heavy/leaveWithParent.ts";
import type { HeavyReply, HeavyRequest } from "./ports/heavy.ts";

// Entry of the heavy child: one request at a time, an answer each, gone with its parent.
//
//     node heavy.js [FOLDER OF THE WASM FILES]    (forked, with a channel of serialization "advanced")

const folder = process.argv[2] ?? dirname(process.argv[1] ?? ".");
/** The memory of a WebAssembly instance grows and never shrinks: after so many answers a new child begins anew. */
const MAX_ANSWERS = 500;

let augurs: Augurs | null = null;
let answers = 0;

leaveWithParent(process.ppid);
process.on("disconnect", () => process.exit(0));
process.on("message", (request: HeavyRequest) => {
  const result = answer(request);
  const last = ++answers >= MAX_ANSWERS || augurs?.broken() === true;
  // A parent that is gone by now takes us along; there is nobody left to tell.
  process.send?.({ ...result, last } satisfies HeavyReply, () => undefined);
});

function answer({ id, forecast: request }: HeavyRequest) {
  try {
    augurs ??= loadAugurs({ ets: read(AUGURS_FILES.ets), mstl: read(AUGURS_FILES.mstl) });
    return { id, ok: true, answer: forecast(request, { augurs }) } as const;
  } catch (error) {
    return { id, ok: false, error: toCoded(error) } as const;
  }
}

function read(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(join(folder, name)));
}
