import { defineConfig } from "vitest/config";

/** Editor tests run inside the real editor instead: see `test/editor/harness`. */
export default defineConfig({
  test: {
    setupFiles: ["test/allWords.ts"],
    include: ["test/**/*.test.ts"],
    exclude: ["test/editor/**", "**/node_modules/**"],
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
    // A test left out on purpose says so in its name; a forgotten `.only` must not hide all others.
    allowOnly: false,
    passWithNoTests: false,
  },
});
