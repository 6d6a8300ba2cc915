// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { metricsOf } from "@labwire/servers/monitoring";
import { expect, test } from "vitest";
import { documentedMetrics, prometheusName, seriesNames } from "./documented-metric.ts";
import { migrationNames, migrationQueries } from "./migration-queries.testing.ts";

const metrics = documentedMetrics();
const series = new Set(metrics.flatMap(seriesNames));

test.each(migrationQueries)("$where asks for metrics that there are", ({ expression }) => {
  const asked = metricsOf(expression);
  expect(asked).not.toEqual([]);
  expect(asked.filter((name) => !series.has(name))).toEqual([]);
});

test("the migration guide speaks of metrics and labels that there are", () => {
  const labels = metrics.flatMap(({ attributes }) =>
    attributes.map((name) => name.replaceAll(".", "_")),
  );
  const known = new Set([...series, ...metrics.map(prometheusName), ...labels]);
  // Parts of names, as in "the same with `grpc_client`".
  const parts = ["grpc_client", "rpc_client"];
  expect(migrationNames.filter((name) => !known.has(name) && !parts.includes(name))).toEqual([]);
  expect(migrationNames.length).toBeGreaterThan(30);
});
