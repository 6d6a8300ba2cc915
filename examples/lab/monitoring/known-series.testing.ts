// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readLabRules } from "./deployed.ts";
import { readTelemetryReference, seriesNames } from "./telemetry-reference.ts";

/** What queries may ask for: documented, recorded by a rule, or made by Prometheus itself. */
export function knownSeries(): Set<string> {
  return new Set([
    ...readTelemetryReference().flatMap(seriesNames),
    ...readLabRules().flatMap(({ record }) => record ?? []),
    ...["up", "ALERTS"],
  ]);
}
