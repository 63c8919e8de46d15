import type { Secrets } from "../../src/views/secrets.ts";

/** The editor's secret storage, in memory. */
export function fakeSecrets(kept = new Map<string, string>()): Secrets {
  return {
    get: async (key) => kept.get(key),
    store: async (key, value) => void kept.set(key, value),
    delete: async (key) => void kept.delete(key),
  };
}
