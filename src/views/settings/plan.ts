import type { ConfigFile, ConfigKey } from "../../engine/protocol/config.ts";

/** Who the engine notes as the source of what is changed here. */
export const EDITOR_SOURCE = "editor settings";

/** Settings that are patches to the engine's configuration. `autoStart` and `nodePath` are this window's own. */
export const patchKeys = [
  "swarms",
  "orchestrators",
  "recognitionRules",
  "keepRunning",
  "history",
  "forecast",
  "tfjsNodePath",
  "faultTolerance",
  "doors",
] as const satisfies readonly ConfigKey[];
export type PatchKey = (typeof patchKeys)[number];

/** The user's own value of each setting; a key without entry is not set. Workspace values never get here. */
export type UserSettings = Partial<Record<PatchKey, unknown>>;

/** One key to change. The value is as the user wrote it: the engine checks it and names what is wrong. */
export interface KeyPatch {
  readonly key: PatchKey;
  readonly value: unknown;
}

export interface Conflict {
  readonly key: PatchKey;
  readonly engineValue: unknown;
  readonly engineSource: string;
  readonly editorValue: unknown;
}

/** What the manifest says of a setting: its default, and the defaults of the fields of its items or of itself. */
export type SettingSchemas = Readonly<Record<PatchKey, SettingSchema & { readonly default: unknown }>>;
export interface SettingSchema {
  readonly default?: unknown;
  readonly items?: SettingSchema;
  readonly properties?: Readonly<Record<string, SettingSchema>>;
}

/**
 * At the first connect: keys that nobody has set yet take the user's value; where the engine's value has come from
 * elsewhere and differs, that is a conflict for the operator to settle.
 */
export function planAtConnect(
  file: ConfigFile,
  settings: UserSettings,
  schemas: SettingSchemas,
): { patches: readonly KeyPatch[]; conflicts: readonly Conflict[] } {
  const patches: KeyPatch[] = [];
  const conflicts: Conflict[] = [];
  for (const key of patchKeys) {
    const editorValue = settings[key];
    if (editorValue === undefined || same(withDefaults(editorValue, schemas[key]), file.values[key])) continue;
    const engineSource = file.sources[key];
    if (engineSource === undefined) patches.push({ key, value: editorValue });
    else conflicts.push({ key, engineValue: file.values[key], engineSource, editorValue });
  }
  return { patches, conflicts };
}

/** After the user has changed settings: those keys, and the default for one that was taken out. */
export function planAfterChange(
  file: ConfigFile,
  settings: UserSettings,
  schemas: SettingSchemas,
  changed: readonly PatchKey[],
): readonly KeyPatch[] {
  return changed
    .map((key) => ({ key, value: settings[key] === undefined ? schemas[key].default : settings[key] }))
    .filter(({ key, value }) => !same(withDefaults(value, schemas[key]), file.values[key]));
}

/** A value as text for the operator, without what environment variables hold: they are often secrets. */
export function describeValue(value: unknown, maxLength = 1_000): string {
  const text = JSON.stringify(value, (key, part: unknown) =>
    key === "env" && isObject(part) ? Object.fromEntries(Object.keys(part).map((name) => [name, "…"])) : part,
  );
  return text.length <= maxLength ? text : `${text.slice(0, maxLength - 1)}…`;
}

/** The engine keeps values with every default filled in; what the user wrote is compared in the same form. */
function withDefaults(value: unknown, schema: SettingSchema): unknown {
  const { items, properties } = schema;
  if (items !== undefined && Array.isArray(value)) return value.map((item: unknown) => withDefaults(item, items));
  if (properties === undefined || !isObject(value)) return value;
  const filled: Record<string, unknown> = { ...value };
  for (const [name, field] of Object.entries(properties)) {
    const own = filled[name] ?? field.default;
    if (own !== undefined) filled[name] = withDefaults(own, field);
  }
  return filled;
}

function same(a: unknown, b: unknown): boolean {
  return canonical(a) === canonical(b);
}

/** JSON with the keys of every object in one order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) =>
    isObject(part)
      ? Object.fromEntries(Object.entries(part).toSorted(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : part,
  );
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
