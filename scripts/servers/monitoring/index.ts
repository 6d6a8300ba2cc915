// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type { Dashboard, DashboardQuery } from "./dashboards.ts";
export {
  annotationQueries,
  panelQueries,
  readDashboards,
  resolveVariables,
  variableSelectors,
} from "./dashboards.ts";
export type { AlertFiles } from "./describe-alerts.ts";
export { describeAlerts } from "./describe-alerts.ts";
export { describeDashboard } from "./describe-dashboard.ts";
export { expectAnswers } from "./expect-answers.ts";
export { metricsOf, withoutThresholds } from "./promql.ts";
export type { Series } from "./query-prometheus.ts";
export { queryPrometheus } from "./query-prometheus.ts";
export type { Rule } from "./rules.ts";
export { readRules } from "./rules.ts";
