// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeAlerts, describeDashboard, panelQueries } from "@labwire/servers/monitoring";
import { expect, test } from "vitest";
import { dashboards, knownSeries, rules } from "./monitored.testing.ts";

for (const { file, dashboard } of dashboards) describeDashboard(file, dashboard, knownSeries);

describeAlerts({
  ...{ rules, known: knownSeries },
  runbook: new URL("README.md", import.meta.url),
  runbookLink: "https://github.com/labwire/labwire/blob/main/packages/otelkit/monitoring/README.md",
  tests: new URL("tests/alerts.yml", import.meta.url),
});

test("there is a dashboard for each side, named after its uid", () => {
  expect(dashboards.map(({ file, dashboard }) => [file, dashboard.uid])).toEqual([
    ["otelkit-client.json", "otelkit-client"],
    ["otelkit-server.json", "otelkit-server"],
  ]);
});

test("what rules record is asked for somewhere", () => {
  const queries = [
    ...rules.flatMap(({ alert, expr }) => (alert === undefined ? [] : [expr])),
    ...dashboards.flatMap(({ dashboard }) =>
      panelQueries(dashboard).map(({ expression }) => expression),
    ),
  ];
  const asked = new Set(queries.join("\n").match(/[\w:]+/g));
  const records = rules.flatMap(({ record }) => record ?? []);
  expect(records.filter((record) => !asked.has(record))).toEqual([]);
});
