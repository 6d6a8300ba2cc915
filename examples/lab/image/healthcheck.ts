// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The health check of a container: asks the process beside it, and exits 0 when it answers 200.
// `healthcheck` asks whether the process lives, `healthcheck /readyz` whether it can work.

import { httpUrl } from "../kit/address.ts";
import { readConfig } from "../kit/config.ts";
import { serviceVariables } from "../kit/service-variables.ts";

// Shorter than the time that compose.yaml gives the check.
const timeoutMs = 3000;

const { METER_ADDR } = serviceVariables("healthcheck");
const config = readConfig({ METER_ADDR }, { env: process.env });
const url = `${httpUrl(config.METER_ADDR)}${process.argv[2] ?? "/healthz"}`;

try {
  const response = await fetch(url, { signal: AbortSignal.timeout(timeoutMs) });
  if (!response.ok) throw new Error(`status ${response.status}: ${await response.text()}`);
} catch (error) {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  console.error(`Unhealthy by ${url}: ${cause instanceof Error ? cause.message : cause}`);
  process.exitCode = 1;
}
