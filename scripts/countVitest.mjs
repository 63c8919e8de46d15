import { existsSync, readFileSync } from "node:fs";
import { Failure, say } from "./lib/say.mjs";

/** @returns counts from vitest's report; a file that did not load and a crash count as failures */
export function countVitest(file, code, mayBeEmpty = false) {
  if (!existsSync(file)) {
    throw new Failure(`vitest ended with exit code ${code} and wrote no results`);
  }
  const report = JSON.parse(readFileSync(file, "utf8"));
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) => status === "failed" && !assertionResults.some((it) => it.status === "failed"),
  );
  for (const { name, message } of unloaded) say(`✗ ${name}: ${message ?? "did not load"}`);
  for (const { assertionResults } of report.testResults)
    for (const { status, fullName, failureMessages } of assertionResults)
      if (status === "passed" && failureMessages?.length > 0)
        say(`~ passed only when tried again: ${fullName}: ${failureMessages[0].split("\n")[0]}`);
  let failed = report.numFailedTests + unloaded.length;
  if (code !== 0 && failed === 0 && !(mayBeEmpty && report.numTotalTests === 0)) {
    say(`✗ vitest ended with exit code ${code} without a failed test (an error outside of tests)`);
    failed = 1;
  }
  return { passed: report.numPassedTests, failed, skipped: report.numPendingTests + (report.numTodoTests ?? 0) };
}
