// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { compare, type Mismatch, type Pair } from "./compare.ts";
import type { Operation } from "./operation.ts";

/** A difference that was seen again, and the fewest operations that show it. */
export interface Finding {
  readonly operations: readonly Operation[];
  readonly mismatch: Mismatch;
}

/** Runs a sequence. What differs is tried again, since time may have passed otherwise once. */
export async function confirm(
  operations: readonly Operation[],
  pair: Pair,
): Promise<Mismatch | undefined> {
  let found: Mismatch | undefined;
  for (let round = 0; round < 3; round++) {
    found = await compare(operations, pair);
    if (!found) return undefined;
  }
  return found;
}

/** Leaves out of a sequence, in ever smaller pieces, what its difference does not need. */
export async function shrink(
  operations: readonly Operation[],
  mismatch: Mismatch,
  pair: Pair,
): Promise<Finding> {
  let finding = { operations: operations.slice(0, mismatch.number + 1), mismatch };
  for (let size = Math.ceil(operations.length / 2); ; size = Math.ceil(size / 2)) {
    for (let start = 0; start < finding.operations.length; ) {
      const fewer = finding.operations.toSpliced(start, size);
      const still = await compare(fewer, pair);
      if (still?.operation.api === mismatch.operation.api) {
        finding = { operations: fewer.slice(0, still.number + 1), mismatch: still };
      } else start += size;
    }
    if (size === 1) return finding;
  }
}
