// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { metricsOf } from "./promql.ts";
import type { Rule } from "./rules.ts";

/** What {@link describeAlerts} looks at. */
export interface AlertFiles {
  readonly rules: readonly Rule[];
  /** Series that rules may ask for. */
  readonly known: ReadonlySet<string>;
  /** The page with a section for every alert, and no other of that level. */
  readonly runbook: URL;
  /** The page as links to it have it. */
  readonly runbookLink: string;
  /** promtool's tests. */
  readonly tests: URL;
}

interface RuleTests {
  readonly tests: readonly {
    readonly name: string;
    readonly alert_rule_test: readonly { readonly exp_alerts: readonly unknown[] }[];
  }[];
}

/** Tests of what can be seen of rules without a server. */
export function describeAlerts({ rules, known, runbook, runbookLink, tests }: AlertFiles): void {
  const alerts = rules.flatMap((rule) =>
    rule.alert === undefined ? [] : [{ ...rule, alert: rule.alert }],
  );

  test("rules ask for metrics that there are", () => {
    for (const { alert, record, expr } of rules) {
      const unknown = metricsOf(expr).filter((name) => !known.has(name));
      expect.soft(unknown, alert ?? record).toEqual([]);
    }
  });

  test("the page of alerts has a section for every alert, and no other", () => {
    const page = readFileSync(runbook, "utf8");
    const sections = [...page.matchAll(/^### (\w+)$/gm)].map(([, name]) => name);
    expect(sections).toEqual(alerts.map(({ alert }) => alert));
  });

  describe.each(alerts)("alert $alert", ({ alert, labels, annotations }) => {
    test("says how bad it is, what it means, and where to read on", () => {
      expect(labels?.severity).toMatch(/^(critical|warning)$/);
      expect(annotations?.summary).toMatch(/[^.]$/);
      expect(annotations?.description).toMatch(/\.$/);
      expect(annotations?.runbook_url).toBe(`${runbookLink}#${alert.toLowerCase()}`);
    });

    test("is tested to fire and to be gone again", () => {
      const cases = (parse(readFileSync(tests, "utf8")) as RuleTests).tests
        .filter(({ name }) => name === alert)
        .map(({ alert_rule_test: looks }) => looks.map((look) => look.exp_alerts.length > 0));
      const firesAndResolves = cases.some(
        (fires) => fires.includes(true) && fires.lastIndexOf(false) > fires.indexOf(true),
      );
      expect(firesAndResolves).toBe(true);
    });
  });
}
