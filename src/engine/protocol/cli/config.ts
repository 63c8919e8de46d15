import * as z from "zod";
import { CONFIG_KEYS, configFile, configValues } from "../config.ts";
import { engineFlags } from "./parts.ts";

export const configGetFlags = z.strictObject(engineFlags);
export const configGetOutput = configFile;

export const configSetFlags = z.strictObject({
  file: z
    .string()
    .min(1, "name a file")
    .describe("JSON: the keys to change, or what `config-get --json` printed, edited; - reads standard input"),
  ...engineFlags,
});

export const configSetOutput = z.object({
  revision: z.int(),
  changed: z.array(z.enum(CONFIG_KEYS)).readonly(),
  values: configValues,
});
export type ConfigSetOutput = z.infer<typeof configSetOutput>;
