// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { describe, expect, test } from "vitest";
import {
  annotationQueries,
  type Dashboard,
  panelQueries,
  resolveVariables,
  variableSelectors,
} from "./dashboards.ts";
import { metricsOf } from "./promql.ts";

/** Tests of what can be seen of a dashboard without a server; `known` are the series that exist. */
export function describeDashboard(
  file: string,
  dashboard: Dashboard,
  known: ReadonlySet<string>,
): void {
  const { panels, templating } = dashboard;
  const charts = panels.filter(({ type }) => type !== "row");

  describe(file, () => {
    test("is of the current schema, and says what it is for", () => {
      expect(dashboard.schemaVersion).toBe(42);
      expect(dashboard.description).not.toBe("");
      expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length);
    });

    test("has panels with a title, a description, a unit and a legend", () => {
      for (const { title, description, fieldConfig, targets = [] } of charts) {
        expect.soft(description, title).toMatch(/\.$/);
        expect.soft(fieldConfig?.defaults.unit, title).toBeTruthy();
        expect.soft(targets.length, title).toBeGreaterThan(0);
        for (const { legendFormat } of targets) expect.soft(legendFormat, title).toBeTruthy();
      }
    });

    test("has panels that do not overlap, within 24 columns", () => {
      const taken = new Map<string, string>();
      for (const { title, gridPos } of panels) {
        expect.soft(gridPos.x + gridPos.w, title).toBeLessThanOrEqual(24);
        for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
          for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
            expect.soft(taken.get(`${x}:${y}`), title).toBeUndefined();
            taken.set(`${x}:${y}`, title);
          }
        }
      }
    });

    test("asks the data source that its variable names", () => {
      const expected = { type: "prometheus", uid: "$" + "{datasource}" };
      for (const { title, datasource, targets = [] } of charts) {
        expect.soft(datasource, title).toEqual(expected);
        for (const target of targets) expect.soft(target.datasource, title).toEqual(expected);
      }
      expect(templating.list[0]).toMatchObject({ name: "datasource", type: "datasource" });
    });

    test("uses every variable that it has, and has every one that it uses", () => {
      const queries = [...panelQueries(dashboard), ...variableSelectors(dashboard)];
      for (const { expression } of queries) {
        expect(() => resolveVariables(expression, dashboard)).not.toThrow();
      }
      const used = queries.map(({ expression }) => expression).join("\n");
      for (const { name, type } of templating.list) {
        if (type === "query") expect.soft(used).toMatch(new RegExp(`\\$${name}\\b`));
      }
    });

    test("asks for metrics that there are", () => {
      const queries = [panelQueries, annotationQueries, variableSelectors].flatMap((read) =>
        read(dashboard),
      );
      for (const { where, expression } of queries) {
        const unknown = metricsOf(resolveVariables(expression, dashboard)).filter(
          (name) => !known.has(name),
        );
        expect.soft(unknown, where).toEqual([]);
      }
    });
  });
}
