import { settingsSection } from "../ids.ts";
import { type PatchKey, patchKeys, type SettingSchemas } from "./plan.ts";

/** The part of the manifest that describes our settings. */
export function settingSchemas(manifest: unknown): SettingSchemas {
  const { properties } = (
    manifest as { contributes: { configuration: { properties: Record<string, SettingSchemas[PatchKey]> } } }
  ).contributes.configuration;
  return Object.fromEntries(
    patchKeys.map((key) => {
      const name = `${settingsSection}.${key}`;
      const schema = properties[name] ?? fieldsOf(properties, name);
      if (schema === null) throw new Error(`the manifest has no setting ${name}`);
      return [key, schema];
    }),
  ) as unknown as SettingSchemas;
}

/** A key of the engine whose fields are settings of their own: `swarm.forecast.minAccuracy`. */
function fieldsOf(properties: Record<string, SettingSchemas[PatchKey]>, name: string): SettingSchemas[PatchKey] | null {
  const fields = Object.entries(properties).flatMap(([setting, schema]) =>
    setting.startsWith(`${name}.`) ? [[setting.slice(name.length + 1), schema] as const] : [],
  );
  return fields.length === 0 ? null : { default: {}, properties: Object.fromEntries(fields) };
}
