// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { toolPath } from "@labwire/servers";
import { run } from "../lib/run.ts";
import { outcomeOf, type Step } from "./step.ts";

/** Workflows are read by actionlint, a Go program: `.ci/run` installs it where Go is. */
export const workflows: Step = {
  name: "workflows",
  async run() {
    const actionlint = toolPath("actionlint");
    if (!actionlint) {
      const detail = "actionlint is not installed (npm run servers -- install actionlint)";
      return { status: "skipped", detail };
    }
    const { ok, output } = await run(actionlint, ["-no-color"]);
    return outcomeOf(ok ? [] : [output]);
  },
};
