// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { readDashboards, readRules } from "@labwire/servers/monitoring";

const deploy = new URL("../../../deploy/", import.meta.url);

/** The lab's dashboards. */
export const readLabDashboards = () => readDashboards(new URL("grafana/dashboards/", deploy));

/** The lab's rules. */
export const readLabRules = () => readRules(new URL("prometheus/rules/", deploy));
