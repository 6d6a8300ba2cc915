// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeWithTools } from "@labwire/servers/testing";
import { expect, test } from "vitest";
import type { Pair } from "./compare.ts";
import { describeFinding } from "./describe-finding.ts";
import { generate } from "./generate/generate.ts";
import { confirm, shrink } from "./shrink.ts";
import { startPair } from "./start-pair.ts";

/** As many as take about a minute on a small machine. */
const seeds = 80;

async function examine(seed: number, pair: Pair): Promise<string | undefined> {
  const operations = generate(seed);
  const mismatch = await confirm(operations, pair);
  return mismatch && describeFinding(seed, await shrink(operations, mismatch, pair));
}

describeWithTools(["kafka-4.3.1"], "differential fuzz", () => {
  test("the embedded broker answers random sequences of requests as Apache Kafka does", async () => {
    await using pair = await startPair();
    const findings: string[] = [];
    for (let seed = 1; seed <= seeds; seed++) {
      const finding = await examine(seed, pair);
      if (finding) findings.push(finding);
    }
    expect(findings).toEqual([]);
  }, 300_000);
});
