// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Figures of the same rounds, of both brokers. */
export interface Rounds {
  readonly embedded: readonly number[];
  readonly kafka: readonly number[];
}

/** Prints the medians of both, and the median, least and largest of the rounds' ratios. */
export function report(what: string, unit: string, { embedded, kafka }: Rounds): void {
  const ratios = embedded.map((value, round) => value / (kafka[round] ?? Number.NaN));
  const columns = [
    what.padEnd(40),
    `embedded ${format(median(embedded)).padStart(9)} ${unit}`,
    `kafka ${format(median(kafka)).padStart(9)} ${unit}`,
    `${median(ratios).toFixed(2).padStart(5)} x`,
    `(${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)})`,
  ];
  console.log(columns.join("  "));
}

/** Prints the median, least and largest of figures that have nothing to be compared with. */
export function reportAlone(what: string, unit: string, values: readonly number[]): void {
  const [least, most] = [Math.min(...values), Math.max(...values)];
  const columns = [
    what.padEnd(40),
    `${format(median(values)).padStart(9)} ${unit}`,
    `(${format(least)} to ${format(most)})`,
  ];
  console.log(columns.join("  "));
}

/** The value in the middle, or the higher of two. */
function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

/** The value below which such a part of the values lies. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN;
}

function format(value: number): string {
  if (value >= 1000) return Math.round(value).toLocaleString("en");
  return value.toFixed(value < 10 ? 2 : 1);
}
