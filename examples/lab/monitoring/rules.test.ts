// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { describeAlerts } from "@labwire/servers/monitoring";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { readLabRules } from "./deployed.ts";
import { knownSeries } from "./known-series.testing.ts";
import { readTelemetryReference } from "./telemetry-reference.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

const rules = readLabRules();
const alerts = rules.filter(({ alert }) => alert !== undefined);
const names = alerts.map(({ alert }) => alert);

describeAlerts({
  ...{ rules, known: knownSeries() },
  runbook: new URL("docs/alerts.md", root),
  runbookLink: "https://github.com/labwire/labwire/blob/main/docs/alerts.md",
  tests: new URL("deploy/prometheus/tests/alerts.yml", root),
});

test("what rules record is asked for somewhere", () => {
  const dashboards = ["rpc", "kafka", "stores", "uploads"].map((name) =>
    read(`deploy/grafana/dashboards/lab-${name}.json`),
  );
  const texts = [...alerts.map(({ expr }) => expr), ...dashboards].join("\n");
  for (const { record } of rules) {
    if (record !== undefined) expect.soft(texts).toContain(record);
  }
});

test("the telemetry reference names a metric once", () => {
  const documented = readTelemetryReference().map(({ name }) => name);
  expect(new Set(documented).size).toBe(documented.length);
  expect(documented.length).toBeGreaterThan(30);
});

test("alertmanager.yml suppresses alerts that there are, by severities that there are", () => {
  const config = parse(read("deploy/alertmanager/alertmanager.yml")) as AlertmanagerConfig;
  const matchers = [
    ...config.inhibit_rules.flatMap((rule) => [...rule.source_matchers, ...rule.target_matchers]),
    ...config.route.routes.flatMap((route) => route.matchers),
  ];
  for (const matcher of matchers) {
    const [, label, list = ""] = /^(\w+)=~?"(.*)"$/.exec(matcher) ?? [];
    const known = label === "severity" ? ["critical", "warning"] : names;
    for (const value of list.split("|")) expect.soft(known, matcher).toContain(value);
  }
});

interface AlertmanagerConfig {
  readonly route: { readonly routes: readonly { readonly matchers: readonly string[] }[] };
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
  }[];
}
