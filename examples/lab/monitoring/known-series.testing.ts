// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readRules } from "./rules.ts";
import { readTelemetryReference, seriesNames } from "./telemetry-reference.ts";

/** What queries may ask for: documented, recorded by a rule, or made by Prometheus itself. */
export function knownSeries(): Set<string> {
  return new Set([
    ...readTelemetryReference().flatMap(seriesNames),
    ...readRules().flatMap(({ record }) => record ?? []),
    ...["up", "ALERTS"],
  ]);
}
