// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describeDashboard } from "@labwire/servers/monitoring";
import { expect, test } from "vitest";
import { readLabDashboards } from "./deployed.ts";
import { knownSeries } from "./known-series.testing.ts";

const dashboards = readLabDashboards();

test("dashboards have uids and titles of their own", () => {
  for (const field of ["uid", "title"] as const) {
    const values = dashboards.map(({ dashboard }) => dashboard[field]);
    expect(new Set(values).size).toBe(values.length);
  }
  for (const { file, dashboard } of dashboards) expect(file).toBe(`${dashboard.uid}.json`);
});

for (const { file, dashboard } of dashboards) describeDashboard(file, dashboard, knownSeries());
