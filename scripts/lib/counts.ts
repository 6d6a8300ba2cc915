// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** The fields of vitest's JSON report that count. */
interface VitestReport {
  numPassedTests: number;
  numFailedTests: number;
  numPendingTests: number;
  numTodoTests: number;
}

/**
 * Counts from a report of vitest, or from one that is counts already.
 *
 * An exit code other than 0 is a failure even when no test failed: a file that does not load, an
 * error outside the tests, a part that ended early.
 */
export function countsOf(report: unknown, exitCode: number): Counts {
  const counts = isVitestReport(report)
    ? {
        passed: report.numPassedTests,
        failed: report.numFailedTests,
        skipped: report.numPendingTests + report.numTodoTests,
      }
    : { passed: 0, failed: 0, skipped: 0, ...(report as Partial<Counts>) };
  return { ...counts, failed: exitCode === 0 ? counts.failed : Math.max(1, counts.failed) };
}

export function sum(a: Counts, b: Counts): Counts {
  return {
    passed: a.passed + b.passed,
    failed: a.failed + b.failed,
    skipped: a.skipped + b.skipped,
  };
}

function isVitestReport(report: unknown): report is VitestReport {
  return typeof report === "object" && report !== null && "numPassedTests" in report;
}
