// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { run } from "../lib/run.ts";

/** What a step found. `detail` is printed: faults one a line, or why it was skipped. */
export interface Outcome {
  status: "passed" | "failed" | "skipped";
  detail?: string;
}

/** One part of `npm run check`. Steps run side by side: none changes a file that another reads. */
export interface Step {
  name: string;
  run(): Promise<Outcome>;
}

/** A step that is one command: its exit code decides, its output is the detail. */
export function commandStep(name: string, command: string, args: readonly string[]): Step {
  return {
    name,
    async run() {
      const { ok, output } = await run(command, args);
      return ok ? { status: "passed" } : { status: "failed", detail: output };
    },
  };
}

/** Passed without faults, failed with them. */
export function outcomeOf(faults: readonly string[]): Outcome {
  return faults.length === 0
    ? { status: "passed" }
    : { status: "failed", detail: faults.join("\n") };
}
