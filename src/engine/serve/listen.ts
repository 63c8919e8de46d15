import { randomBytes } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, renameSync, rmSync, statSync } from "node:fs";
import type { Server } from "node:net";
import { dirname, join } from "node:path";
import { CodedError, messageOf } from "../common/errors.ts";

/** A bound address. `release` removes its file when it is still the one bound here. */
export interface BoundAddress {
  release(): void;
}

/**
 * Binds a server to an owner-only Unix socket, or to a named pipe on Windows (whose default rights admit the owner and
 * administrators; the token decides the rest).
 *
 * The socket is bound under a name of its own, closed to others, and then renamed over the final one. The rename
 * replaces a stale file of a dead engine in one step (the caller holds the lock, so nobody listens on it), and when our
 * server closes, libuv unlinks the name it has bound, which by then exists no more: it can never take a successor's
 * socket away.
 *
 * @throws CodedError `socket.unusable`, `folder.foreign`
 */
export async function listenOwnerOnly(server: Server, path: string): Promise<BoundAddress> {
  if (path.startsWith("\\\\")) {
    await bind(server, path, path);
    return { release: () => undefined };
  }
  ensureOwnFolder(dirname(path));
  // Not longer than `engine.sock`, so that it fits wherever that does.
  const temporary = join(dirname(path), `.${randomBytes(4).toString("hex")}`);
  await bind(server, temporary, path);
  let inode: bigint;
  try {
    chmodSync(temporary, 0o600);
    renameSync(temporary, path);
    inode = statSync(path, { bigint: true }).ino;
  } catch (error) {
    server.close();
    rmSync(temporary, { force: true });
    throw new CodedError("socket.unusable", { path, reason: messageOf(error) }, { cause: error });
  }
  return {
    release: () => {
      if (statSync(path, { bigint: true, throwIfNoEntry: false })?.ino === inode) rmSync(path, { force: true });
    },
  };
}

async function bind(server: Server, address: string, finalPath: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const failed = (error: Error) => {
      reject(new CodedError("socket.unusable", { path: finalPath, reason: messageOf(error) }, { cause: error }));
    };
    server.once("error", failed);
    server.listen(address, () => {
      server.off("error", failed);
      resolve();
    });
  });
}

/** The folder is the runtime folder, or a short one below the temporary folder that anybody could have made before us. */
function ensureOwnFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw new CodedError("socket.unusable", { path: folder, reason: messageOf(error) }, { cause: error });
  }
  if (typeof process.getuid !== "function") return;
  const facts = lstatSync(folder);
  if (!facts.isDirectory() || facts.uid !== process.getuid()) {
    throw new CodedError("folder.foreign", { path: folder, owner: facts.uid });
  }
  if ((facts.mode & 0o077) !== 0) chmodSync(folder, 0o700);
}
