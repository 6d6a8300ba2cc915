// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Meter, ValueType } from "@opentelemetry/api";
import { createTally } from "../instruments/tally.ts";
import type { ObserveTarget } from "./preset.ts";

/** Upper bounds of the buckets of `response_time`, in milliseconds. */
const labBoundsMs = [10, 100, 200, 500, 1000];

/**
 * The names of the course lab: counters `request`, which moves before the handler runs, and
 * `error_request`, and the histogram `response_time` in milliseconds, each with the label
 * `FullMethod`, `/pkg.Service/Method`. Any code but OK is an error.
 */
export function lab(meter: Meter): ObserveTarget {
  const tally = createTally(meter);
  const request = meter.createCounter("request", {
    description: "Calls that were received",
    valueType: ValueType.INT,
  });
  const errorRequest = meter.createCounter("error_request", {
    description: "Calls that ended with an error",
    valueType: ValueType.INT,
  });
  const responseTime = meter.createHistogram("response_time", {
    description: "How long calls took",
    unit: "ms",
    advice: { explicitBucketBoundaries: labBoundsMs },
  });

  return function observeTarget(target) {
    const attributes = Object.freeze({ FullMethod: `/${target.method}` });
    const requests = tally(request, attributes);
    const errors = tally(errorRequest, attributes);
    return {
      started() {
        requests.add(1);
      },
      received() {},
      sent() {},
      finished(call) {
        if (call.code !== undefined) errors.add(1);
        responseTime.record(call.durationMs ?? 0, attributes);
      },
    };
  };
}
