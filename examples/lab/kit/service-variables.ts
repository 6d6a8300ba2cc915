// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { logLevels } from "./logger.ts";
import * as variable from "./variables.ts";

/** What every process of the lab reads, under the names of the original. */
export function serviceVariables(meterName: string) {
  return {
    LOGGER_LEVEL: variable.oneOf(logLevels, {
      default: "info",
      doc: "Least level that is logged.",
    }),
    GRACEFUL_TIMEOUT: variable.duration({
      default: "10s",
      doc: "How long a stop may take before the process ends anyway.",
    }),
    METER_ADDR: variable.address({
      default: ":2222",
      doc: "Where metrics, /healthz and /readyz are served.",
    }),
    METER_PATH: variable.text({ default: "/metrics", doc: "Path of the metrics." }),
    METER_NAME: variable.text({
      default: meterName,
      doc: "Name of the meter: `otel_scope_name` of the metrics.",
    }),
    METER_HISTOGRAM_BOUNDARIES: variable.numbers({
      default: "10,100,200,500,1000",
      doc: "Buckets of `response_time`, in milliseconds.",
    }),
  };
}
