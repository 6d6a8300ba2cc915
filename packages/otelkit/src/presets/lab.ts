// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ObserveTarget, Preset, PresetContext, PresetInstrument } from "./preset.ts";

const attributes = ["FullMethod"];

const definitions = {
  request: {
    name: "request",
    kind: "counter",
    unit: "",
    description: "Calls that were received",
    attributes,
    when: "when a call begins, before its handler runs",
  },
  errorRequest: {
    name: "error_request",
    kind: "counter",
    unit: "",
    description: "Calls that ended with an error",
    attributes,
    when: "when a call ends with any code but OK",
  },
  responseTime: {
    name: "response_time",
    kind: "histogram",
    // Said in the description alone: a unit would be added to the name that dashboards know.
    unit: "",
    description: "How long calls took, in milliseconds",
    boundaries: [10, 100, 200, 500, 1000],
    attributes,
    when: "when a call ends",
  },
} as const satisfies Record<string, PresetInstrument>;

/**
 * The names of the course lab: counters `request`, which moves before the handler runs, and
 * `error_request`, and the histogram `response_time` in milliseconds, each with the label
 * `FullMethod`, `/pkg.Service/Method`. Any code but OK is an error.
 */
export const lab: Preset = {
  name: "lab",
  description: "The names of the distributed-systems course lab, for servers.",
  instruments: (side) => (side === "server" ? Object.values(definitions) : []),
  observe,
};

function observe({ instruments }: PresetContext): ObserveTarget {
  const request = instruments.counter(definitions.request);
  const errorRequest = instruments.counter(definitions.errorRequest);
  const responseTime = instruments.histogram(definitions.responseTime);

  return function observeTarget(target) {
    const labels = Object.freeze({ ...target.extra, FullMethod: `/${target.method}` });
    const requests = request(labels);
    const errors = errorRequest(labels);
    const times = responseTime(labels);
    return {
      started() {
        requests.add(1);
      },
      finished(call) {
        if (call.code !== undefined) errors.add(1);
        times.record(call.durationMs ?? 0, call.span);
      },
    };
  };
}
