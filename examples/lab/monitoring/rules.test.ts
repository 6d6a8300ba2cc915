// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { metricsOf } from "@labwire/servers/monitoring";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { readLabRules } from "./deployed.ts";
import { knownSeries } from "./known-series.testing.ts";
import { readTelemetryReference } from "./telemetry-reference.ts";

const root = new URL("../../../", import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), "utf8");

const rules = readLabRules();
const alerts = rules.flatMap((rule) =>
  rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }],
);
const names = alerts.map(({ alert }) => alert);

test("rules ask for metrics that there are", () => {
  const known = knownSeries();
  for (const { alert, record, expr } of rules) {
    const unknown = metricsOf(expr).filter((name) => !known.has(name));
    expect.soft(unknown, alert ?? record).toEqual([]);
  }
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

describe.each(alerts)("alert $alert", ({ alert, labels, annotations }) => {
  test("says how bad it is, what it means, and where to read on", () => {
    expect(labels?.severity).toMatch(/^(critical|warning)$/);
    expect(annotations?.summary).toMatch(/[^.]$/);
    expect(annotations?.description).toMatch(/\.$/);
    expect(annotations?.runbook_url).toBe(
      `https://github.com/labwire/labwire/blob/main/docs/alerts.md#${alert.toLowerCase()}`,
    );
  });

  test("is tested to fire and to be gone again", () => {
    const { tests } = parse(read("deploy/prometheus/tests/alerts.yml")) as RuleTests;
    const cases = tests
      .filter(({ name }) => name === alert)
      .map(({ alert_rule_test: looks }) => looks.map((look) => look.exp_alerts.length > 0));
    const firesAndResolves = cases.some(
      (fires) => fires.includes(true) && fires.lastIndexOf(false) > fires.indexOf(true),
    );
    expect(firesAndResolves).toBe(true);
  });
});

test("docs/alerts.md has a section for every alert, and no other", () => {
  const sections = [...read("docs/alerts.md").matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
  expect(sections).toEqual(names);
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

interface RuleTests {
  readonly tests: readonly {
    readonly name: string;
    readonly alert_rule_test: readonly { readonly exp_alerts: readonly unknown[] }[];
  }[];
}

interface AlertmanagerConfig {
  readonly route: { readonly routes: readonly { readonly matchers: readonly string[] }[] };
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
  }[];
}
