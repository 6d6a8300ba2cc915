// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { run } from "../lib/run.ts";
import { outcomeOf, type Step } from "./step.ts";

/** Workflows are read by actionlint, a Go program: `.ci/run` installs it where Go is. */
export const workflows: Step = {
  name: "workflows",
  async run() {
    const found = await run("actionlint", ["-version"]).catch(() => undefined);
    if (!found?.ok) return { status: "skipped", detail: "actionlint is not installed" };
    const { ok, output } = await run("actionlint", ["-no-color"]);
    return outcomeOf(ok ? [] : [output]);
  },
};
