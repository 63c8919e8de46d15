import * as z from "zod/mini";

const price = z.optional(z.number().check(z.gte(0), z.lte(1_000_000)));

/**
 * What an operator pays, in one currency. What has no price costs nothing; without any prices no cost is known. In zod's
 * small form like the rest of the configuration.
 */
export const prices = z
  .strictObject({
    /** ISO 4217. */
    currency: z.string().check(z.regex(/^[A-Z]{3}$/, "use a currency code of three capital letters, such as EUR")),
    /** Of an agent that is there for an hour, busy or not. */
    agentHour: price,
    /** Of one core that is busy for an hour. */
    cpuHour: price,
    /** Of 10⁹ bytes that are resident for an hour. */
    memoryGigabyteHour: price,
  })
  .check(
    z.refine((p) => p.agentHour !== undefined || p.cpuHour !== undefined || p.memoryGigabyteHour !== undefined, {
      path: ["agentHour"],
      message: "name at least one price: agentHour, cpuHour or memoryGigabyteHour",
    }),
  );
export type Prices = z.infer<typeof prices>;
