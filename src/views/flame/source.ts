/** Where the source of a frame may lie: a name that a profile gives is somebody else's word, so only files are looked for. */
export type SourcePlace =
  | { readonly kind: "absolute"; readonly path: string }
  /** Below a folder of the workspace. */
  | { readonly kind: "relative"; readonly path: string }
  /** In words. */
  | { readonly kind: "none"; readonly why: string };

/** @param file as the profile says it: a path, or a URL */
export function sourcePlace(file: string): SourcePlace {
  if (/^file:\/\//i.test(file)) return ofUrl(file);
  // The network is never asked for a source, and a UNC path would be asked for with the operator's name and password.
  if (/^(?:\\\\|\/\/)/.test(file)) return { kind: "none", why: "it lies on another machine" };
  if (/^[A-Za-z]:[\\/]/.test(file) || file.startsWith("/")) return { kind: "absolute", path: file };
  if (/^(?:node|deno|bun):/.test(file))
    return { kind: "none", why: "it is part of the runtime, which has no file of it" };
  if (/^[A-Za-z][A-Za-z0-9+.-]+:/.test(file)) return { kind: "none", why: "it lies in no file" };
  const parts = file
    .replaceAll("\\", "/")
    .split("/")
    .filter((part) => part !== "" && part !== ".");
  if (parts.length === 0 || parts.includes("..")) return { kind: "none", why: "it lies outside the workspace" };
  return { kind: "relative", path: parts.join("/") };
}

function ofUrl(file: string): SourcePlace {
  try {
    const { host, pathname } = new URL(file);
    if (host !== "") return { kind: "none", why: "it lies on another machine" };
    const path = decodeURIComponent(pathname);
    if (path.includes("\u0000") || path.startsWith("//")) return { kind: "none", why: "its name is no path" };
    return { kind: "absolute", path: /^\/[A-Za-z]:\//.test(path) ? path.slice(1) : path };
  } catch (error) {
    if (error instanceof TypeError || error instanceof URIError) return { kind: "none", why: "its name is no path" };
    throw error;
  }
}
