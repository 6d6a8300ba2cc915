// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

const unitMs: Record<string, number> = {
  H: 3_600_000,
  M: 60_000,
  S: 1000,
  m: 1,
  u: 1e-3,
  n: 1e-6,
};

/**
 * How long the caller wants to wait, in milliseconds, from the header `grpc-timeout` or
 * `connect-timeout-ms`. Undefined when there is neither, or it makes no sense.
 */
export function readTimeoutMs(header: Headers): number | undefined {
  const grpc = header.get("grpc-timeout");
  if (grpc !== null) {
    const [, amount, unit] = grpc.match(/^(\d{1,8})([HMSmun])$/) ?? [];
    return amount === undefined || unit === undefined
      ? undefined
      : Number(amount) * (unitMs[unit] ?? 1);
  }
  const connect = header.get("connect-timeout-ms");
  return connect !== null && /^\d{1,10}$/.test(connect) ? Number(connect) : undefined;
}
