import { createServer } from "node:net";

/** @returns {Promise<number>} `wanted` when it is free on loopback, else one that is */
export async function freePort(wanted) {
  return (await bound(wanted)) ?? (await bound(0));
}

function bound(port) {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", (error) =>
      error.code === "EADDRINUSE" || error.code === "EACCES" ? resolve(null) : reject(error),
    );
    probe.listen(port, "127.0.0.1", () => {
      const { port: got } = probe.address();
      probe.close(() => resolve(got));
    });
  });
}
