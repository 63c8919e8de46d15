/** A server is given secrets (its token, its environment) and may repeat them in anything it says. What it says is shown and kept. */

const MASK = "(withheld)";
/** Shorter ones are words such as `1` or `production`, and would tear holes into everything. */
const LEAST = 8;

export type Withhold = <T>(said: T) => T;

/** @returns a copy without the secrets, wherever they stand in it; the thing itself where none does */
export function withholding(secrets: readonly string[]): Withhold {
  const hidden = secrets.filter((secret) => secret.length >= LEAST).toSorted((a, b) => b.length - a.length);
  const clean = (value: unknown): unknown => {
    if (typeof value === "string") return hidden.reduce((text, secret) => text.replaceAll(secret, MASK), value);
    if (Array.isArray(value)) return value.map(clean);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, one]) => [String(clean(key)), clean(one)]));
  };
  return <T>(said: T): T => {
    if (hidden.length === 0 || said === null || said === undefined) return said;
    const text = JSON.stringify(said);
    const isRepeated = hidden.some((secret) => text.includes(JSON.stringify(secret).slice(1, -1)));
    return isRepeated ? (clean(said) as T) : said;
  };
}

export const withholdNothing: Withhold = (said) => said;
