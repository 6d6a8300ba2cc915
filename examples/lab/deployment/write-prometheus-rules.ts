// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Writes the alert rules for the Prometheus operator; a test says when they are out of date.

import { writeFileSync } from "node:fs";
import { prometheusRules } from "./prometheus-rules.ts";

const file = "deploy/kubernetes/components/monitoring/prometheus-rules.yaml";
writeFileSync(file, prometheusRules("deploy/prometheus/rules"));
