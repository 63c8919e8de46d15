import { CodedError } from "../common/errors.ts";
import type { KeptFit } from "../ports.ts";
import type { Snapshot } from "./arena.ts";
import type { Calibration } from "./assess.ts";
import type { Fitted, FittedJson, Forecaster } from "./forecaster.ts";
import type { Offsets } from "./intervals.ts";

const VERSION = 3;

/** @param seenToMs end of the last step that it has seen */
export function keep(fitted: Fitted, seenToMs: number, horizonSteps: number): KeptFit {
  const json = fitted.toJSON();
  const { backend } = json;
  return {
    ...{ model: json.model, seenToMs, horizonSteps },
    backend: typeof backend === "string" ? backend : null,
    json: JSON.stringify(json),
  };
}

/**
 * A kept fit, ready to be used; `null` for one of another version or for a shorter horizon: it is fitted anew in time, and
 * until then the model takes no part.
 */
export function reviveFit(kept: KeptFit, models: readonly Forecaster[], horizonSteps: number): Fitted | null {
  const model = models.find(({ id }) => id === kept.model);
  if (model === undefined || kept.horizonSteps < horizonSteps) return null;
  try {
    return model.revive(JSON.parse(kept.json) as FittedJson);
  } catch (error) {
    if (error instanceof CodedError || error instanceof RangeError || error instanceof SyntaxError) return null;
    throw error;
  }
}

/** Kept fits as snapshots of a series of `steps` steps that ends at `endMs`, oldest first. */
export function snapshotsOf(
  fits: readonly KeptFit[],
  models: readonly Forecaster[],
  series: { readonly steps: number; readonly endMs: number; readonly stepMs: number; readonly horizonSteps: number },
): ReadonlyMap<string, readonly Snapshot[]> {
  const out = new Map<string, Snapshot[]>();
  for (const kept of fits.toSorted((a, b) => a.seenToMs - b.seenToMs)) {
    const fitted = reviveFit(kept, models, series.horizonSteps);
    if (fitted === null) continue;
    // One that has seen part of a step has seen it: rounded up.
    const seenTo = series.steps - Math.floor((series.endMs - kept.seenToMs) / series.stepMs);
    out.set(kept.model, [...(out.get(kept.model) ?? []), { fitted, seenTo }]);
  }
  return out;
}

export function calibrationJson(calibration: Calibration): string {
  const offsets = calibration.offsets.map(([id, { above, below, most }]) => [id, [...above], [...below], most]);
  return JSON.stringify({ version: VERSION, ...calibration, offsets });
}

type CalibrationJson = { readonly version: number } & Omit<Calibration, "offsets"> & {
    readonly offsets: readonly (readonly [string, readonly number[], readonly number[], number])[];
  };

/** @throws CodedError `model.version` for one that another version of this program has written, and for what is none */
export function revivedCalibration(json: string): Calibration {
  const kept = parsed(json) as Partial<CalibrationJson> | null;
  const isSound = [kept?.offsets, kept?.weights, kept?.scores].every(Array.isArray) && kept?.gate !== undefined;
  if (kept?.version !== VERSION || !isSound)
    throw new CodedError("model.version", { model: "calibration", version: kept?.version ?? null, known: VERSION });
  const { version: _, offsets, ...rest } = kept as CalibrationJson;
  return {
    ...rest,
    offsets: offsets.map(([id, above, below, most]): readonly [string, Offsets] => [
      id,
      { above: Float64Array.from(above), below: Float64Array.from(below), most },
    ]),
  };
}

/** `null` for what is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}
