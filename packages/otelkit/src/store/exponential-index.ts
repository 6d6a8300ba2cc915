// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The smallest number that is stored with full precision; smaller ones are counted as this one. */
const smallestNormal = 2 ** -1022;
const bits = new DataView(new ArrayBuffer(8));

/**
 * The bucket of a positive number at a scale: bucket `i` reaches from above `base ** i` to
 * `base ** (i + 1)`. OpenTelemetry's data model, "All Scales: Use the Logarithm Function" and
 * "Negative Scale: Extract and Shift the Exponent".
 */
export function exponentialIndex(value: number, scale: number): number {
  bits.setFloat64(0, Math.max(value, smallestNormal));
  const high = bits.getUint32(0);
  const exponent = (high >>> 20) - 1023;
  const isPowerOfTwo = (high & 0xf_ffff) === 0 && bits.getUint32(4) === 0;
  if (scale <= 0) return (exponent - (isPowerOfTwo ? 1 : 0)) >> -scale;
  // The logarithm is not exact, and a power of two is a bound of a bucket.
  if (isPowerOfTwo) return exponent * 2 ** scale - 1;
  const index = Math.floor(Math.log(value) * Math.LOG2E * 2 ** scale);
  return Math.min(index, (exponent + 1) * 2 ** scale - 1);
}

/** The upper bound of a bucket. */
export function exponentialBound(index: number, scale: number): number {
  return 2 ** ((index + 1) * 2 ** -scale);
}
