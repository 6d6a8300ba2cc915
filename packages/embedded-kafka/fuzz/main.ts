// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Random sequences of requests to the embedded broker and to Apache Kafka:
// node --conditions=@labwire/source packages/embedded-kafka/fuzz/main.ts --seeds 1000 [--from 1] [--seconds 600]

import { parseArgs } from "node:util";
import { describeFinding, placesOf } from "./describe-finding.ts";
import { generate } from "./generate/generate.ts";
import { confirm, shrink } from "./shrink.ts";
import { startPair } from "./start-pair.ts";

const { values } = parseArgs({
  options: {
    seeds: { type: "string", default: "100" },
    from: { type: "string", default: "1" },
    seconds: { type: "string", default: "Infinity" },
  },
});
const from = Number(values.from);
await using pair = await startPair();
let operations = 0;
let findings = 0;
/** What differs in the same places is shown once. */
const shown = new Set<string>();
const until = performance.now() + 1_000 * Number(values.seconds);
let sequences = 0;
for (; sequences < Number(values.seeds) && performance.now() < until; sequences++) {
  const seed = from + sequences;
  const sequence = generate(seed);
  operations += sequence.length;
  const mismatch = await confirm(sequence, pair);
  if (!mismatch) continue;
  findings++;
  const places = placesOf(mismatch);
  if (shown.has(places)) continue;
  shown.add(places);
  const finding = await shrink(sequence, mismatch, pair);
  console.log(`${describeFinding(seed, finding)}\n`);
}
console.log(`${sequences} sequences, ${operations} operations, ${findings} differ`);
process.exitCode = findings > 0 ? 1 : 0;
