// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { type Counts, createMeasurement } from "./measurement.ts";

/** What a program says of its calls when it ends. */
export interface Report {
  /** Calls that the program counted itself: HTTP requests of a server, test cases of a client. */
  calls: number;
  /** What otelkit counted. Undefined in a program that is not instrumented. */
  counts?: Counts | undefined;
}

/** Reads the command line: `--instrumented` to measure, `--reports <folder>` to write a report. */
export function createProgram(side: "server" | "client") {
  const { values } = parseArgs({
    options: { instrumented: { type: "boolean" }, reports: { type: "string" } },
  });
  const measurement = values.instrumented ? createMeasurement(side) : undefined;
  return {
    /** What to instrument with, undefined without `--instrumented`. */
    instrumentation: measurement?.options,
    async report(calls: number): Promise<void> {
      if (values.reports === undefined) return;
      const report: Report = { calls, counts: await measurement?.counts() };
      writeFileSync(join(values.reports, `${process.pid}.json`), JSON.stringify(report));
    },
  };
}
