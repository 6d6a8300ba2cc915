// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readDashboards, readRules } from "@labwire/servers/monitoring";
import { documentedMetrics, seriesNames } from "../docs/documented-metric.ts";

export const dashboards = readDashboards(new URL("dashboards/", import.meta.url));
export const rules = readRules(new URL("rules/", import.meta.url));

/** What queries may ask for: series of the default preset, and what rules record. */
export const knownSeries: ReadonlySet<string> = new Set([
  ...documentedMetrics(["semconv"]).flatMap(seriesNames),
  ...rules.flatMap(({ record }) => record ?? []),
]);
