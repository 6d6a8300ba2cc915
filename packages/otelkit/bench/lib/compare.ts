// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** One thing to time. The first of several is the baseline. */
export interface Candidate {
  name: string;
  /** Does so many operations. */
  run(operations: number): Promise<void>;
}

/** Options of {@link compare}. */
export interface CompareOptions {
  /** What an operation is called, in the plural. */
  unit: string;
  operations: number;
  /** Default 31. */
  rounds?: number;
}

/**
 * Times candidates in turns, so that what else the machine does hits all of them, and prints the
 * median of each beside the baseline's.
 */
export async function compare(
  candidates: readonly Candidate[],
  { unit, operations, rounds = 31 }: CompareOptions,
): Promise<void> {
  const times = candidates.map((): number[] => []);
  for (let round = -3; round < rounds; round++) {
    for (const [index, { run }] of candidates.entries()) {
      const start = process.hrtime.bigint();
      await run(operations);
      // The first rounds are the compiler's.
      if (round >= 0) times[index]?.push(Number(process.hrtime.bigint() - start) / operations);
    }
  }
  const baseline = median(times[0] ?? []);
  console.log(`median of ${rounds} interleaved rounds of ${operations} ${unit}`);
  for (const [index, { name }] of candidates.entries()) {
    const time = median(times[index] ?? []);
    const columns = [
      `${time.toFixed(0).padStart(7)} ns`,
      `${(time / baseline).toFixed(2).padStart(7)} x ${candidates[0]?.name}`,
      `${(time - baseline).toFixed(0).padStart(7)} ns added`,
    ];
    console.log(`${name.padEnd(34)} ${columns.join("  ")}`);
  }
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}
