// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readdirSync, readFileSync } from "node:fs";

/** The parts of Grafana's dashboard model that dashboards of this repository use. */
export interface Dashboard {
  readonly uid: string;
  readonly title: string;
  readonly description: string;
  readonly schemaVersion: number;
  readonly panels: readonly Panel[];
  readonly templating: { readonly list: readonly DashboardVariable[] };
  readonly annotations: { readonly list: readonly { name: string; expr?: string }[] };
}

export interface Panel {
  readonly id: number;
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly gridPos: Readonly<Record<"x" | "y" | "w" | "h", number>>;
  readonly datasource?: DataSource;
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
  readonly targets?: readonly {
    readonly refId: string;
    readonly expr: string;
    readonly legendFormat: string;
    readonly datasource: DataSource;
  }[];
}

interface DataSource {
  readonly type: string;
  readonly uid: string;
}

export interface DashboardVariable {
  readonly name: string;
  readonly type: string;
  readonly label: string;
  readonly definition?: string;
  readonly query: string | { readonly query: string };
}

/** A query of a dashboard, and where it stands. */
export interface DashboardQuery {
  readonly where: string;
  readonly expression: string;
}

/** All dashboards of a folder, by the names of their files. */
export function readDashboards(folder: URL): { file: string; dashboard: Dashboard }[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".json"))
    .map((file) => ({ file, dashboard: JSON.parse(readFileSync(new URL(file, folder), "utf8")) }));
}

/** Queries of all panels, variables still in them. */
export function panelQueries({ title, panels }: Dashboard): DashboardQuery[] {
  return panels.flatMap((panel) =>
    (panel.targets ?? []).map(({ refId, expr }) => ({
      where: `${title}: ${panel.title} ${refId}`,
      expression: expr,
    })),
  );
}

/** Queries of annotations. */
export function annotationQueries({ title, annotations }: Dashboard): DashboardQuery[] {
  return annotations.list.flatMap(({ name, expr }) =>
    expr === undefined ? [] : [{ where: `${title}: annotation ${name}`, expression: expr }],
  );
}

/** What the values of variables are looked up by: `label_values(<selector>, <label>)`. */
export function variableSelectors({ title, templating }: Dashboard): DashboardQuery[] {
  return templating.list.flatMap(({ name, type, definition = "" }) => {
    if (type !== "query") return [];
    const [, expression] = /^label_values\((.*), \w+\)$/.exec(definition) ?? [];
    if (expression === undefined) throw new Error(`Cannot read '${definition}' of $${name}`);
    return [{ where: `${title}: $${name}`, expression }];
  });
}

/**
 * The expression as Grafana sends it when "All" is chosen everywhere.
 *
 * @throws when it has a variable that the dashboard does not.
 */
export function resolveVariables(expression: string, { templating, title }: Dashboard): string {
  const values = new Map(templating.list.map(({ name }) => [name, ".+"]));
  values.set("__rate_interval", "1m");
  return expression.replaceAll(/\$(\w+)/g, (_, name) => {
    const value = values.get(name);
    if (value === undefined) throw new Error(`Cannot find variable '$${name}' of '${title}'`);
    return value;
  });
}
