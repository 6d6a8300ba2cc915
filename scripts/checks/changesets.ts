// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { getReleasePlan } from "@changesets/get-release-plan";
import { readPackages } from "../lib/packages.ts";
import { outcomeOf, type Step } from "./step.ts";

/**
 * Plans the next release, as `changeset status` does, but without a git remote to compare with:
 * the configuration and every changeset must be readable and name packages that are published.
 */
export const changesets: Step = {
  name: "changesets",
  async run() {
    const published = new Set(readPackages().map(({ manifest }) => manifest.name));
    const plan = await getReleasePlan(process.cwd());
    const faults: string[] = [];
    for (const { id, summary, releases } of plan.changesets) {
      const file = `.changeset/${id}.md`;
      if (summary.trim() === "") faults.push(`${file}: says nothing to users`);
      for (const { name } of releases) {
        if (!published.has(name)) faults.push(`${file}: '${name}' is not published`);
      }
    }
    return outcomeOf(faults);
  },
};
