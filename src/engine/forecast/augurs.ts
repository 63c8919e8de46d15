import { AutoETS, initSync as initEts } from "@bsull/augurs/ets";
import { initSync as initMstl, MSTL } from "@bsull/augurs/mstl";

/** The two WebAssembly files of `@bsull/augurs`, as bytes: whoever composes reads them, so that this stage does no I/O. */
export interface AugursBytes {
  readonly ets: Uint8Array<ArrayBuffer>;
  readonly mstl: Uint8Array<ArrayBuffer>;
}

/** Names of those files, as they lie beside the bundle that uses them. */
export const AUGURS_FILES = { ets: "ets_bg.wasm", mstl: "mstl_bg.wasm" } as const;

/** The library, ready to fit. Both answer with `horizon` values. */
export interface Augurs {
  /** @throws Error when no model fits */
  ets(values: Float64Array, horizon: number): ArrayLike<number>;
  /** @throws Error when no model fits, or with less than two periods */
  mstl(values: Float64Array, period: number, horizon: number): ArrayLike<number>;
  /** One of them has trapped and fits nothing any more in this process. */
  broken(): boolean;
}

let loaded: Augurs | null = null;

/**
 * Compiles and instantiates both, about 5 ms; once a process, later calls return the first.
 * @throws WebAssembly.CompileError for bytes that are something else
 */
export function loadAugurs(bytes: AugursBytes): Augurs {
  if (loaded !== null) return loaded;
  initEts({ module: new WebAssembly.Module(bytes.ets) });
  initMstl({ module: new WebAssembly.Module(bytes.mstl) });
  let traps = 0;
  const count = (): void => void traps++;
  loaded = {
    ets: guarded((values, horizon) => inOwnUnit(values, (scaled) => ets(scaled, horizon)), count),
    mstl: guarded((values, period, horizon) => inOwnUnit(values, (scaled) => mstl(scaled, period, horizon)), count),
    broken: () => traps > 0,
  };
  return loaded;
}

function ets(values: Float64Array, horizon: number): ArrayLike<number> {
  // Error, trend: the best of additive, multiplicative, none; no season, which is MSTL's part.
  const model = new AutoETS(1, "ZZN");
  try {
    model.fit(values);
    return model.predict(horizon).point;
  } finally {
    model.free();
  }
}

function mstl(values: Float64Array, period: number, horizon: number): ArrayLike<number> {
  const model = MSTL.ets(new Uint32Array([period]));
  try {
    model.fit(values);
    return model.predict(horizon).point;
  } finally {
    model.free();
  }
}

/**
 * The library stops searching at fixed distances, so that the same series in another unit would be continued another way:
 * each is fitted with its largest value between 1 and 2. By a power of two, which loses nothing.
 */
function inOwnUnit(values: Float64Array, fit: (scaled: Float64Array) => ArrayLike<number>): ArrayLike<number> {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const unit = largest > 0 ? 2 ** Math.max(-1000, Math.floor(Math.log2(largest))) : 1;
  return Float64Array.from(fit(values.map((value) => value / unit)), (point) => point * unit);
}

/** After a trap the memory of a WebAssembly instance cannot be trusted: it is not asked again in this process. */
function guarded<A extends unknown[]>(
  fit: (...args: A) => ArrayLike<number>,
  onTrap: () => void,
): (...args: A) => ArrayLike<number> {
  let trapped: Error | null = null;
  return (...args) => {
    if (trapped !== null) throw trapped;
    try {
      return fit(...args);
    } catch (error) {
      if (error instanceof WebAssembly.RuntimeError) {
        trapped = new Error("augurs is out of order", { cause: error });
        onTrap();
      }
      throw error;
    }
  };
}
