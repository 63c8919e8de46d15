import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import { role } from "../protocol/params.ts";
import type { Role } from "../protocol/rpc.ts";

/** One secret per role, 256 random bits each, made anew at every start of the engine. */
export type Tokens = Readonly<Record<Role, string>>;

export function createTokens(): Tokens {
  const secret = () => randomBytes(32).toString("base64url");
  return { viewer: secret(), operator: secret(), agent: secret() };
}

/** The role a token stands for; `null` for none. Takes the same time whichever token it is compared with. */
export function roleOfToken(tokens: Tokens, token: string): Role | null {
  const given = digest(token);
  let found: Role | null = null;
  for (const candidate of role.options) {
    // Digests have one length, which `timingSafeEqual` needs and which the length of a token would give away.
    if (timingSafeEqual(given, digest(tokens[candidate]))) found = candidate;
  }
  return found;
}

/** Whether two secrets are the same; how alike they are does not show in the time it takes. */
export function sameSecret(given: string, right: string): boolean {
  return timingSafeEqual(digest(given), digest(right));
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
