import * as z from "zod/mini";

export const swarmId = z
  .string()
  .check(
    z.regex(
      /^[a-z0-9][a-z0-9._-]{0,63}$/,
      "use 1 to 64 of a-z, 0-9, '.', '_' and '-', beginning with a letter or digit",
    ),
  );
