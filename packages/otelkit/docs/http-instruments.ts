// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider, MetricOptions } from "@opentelemetry/api";
import type { HttpServerMeasure, MetricMapping } from "../src/http/metric-mapping.ts";
import { openMetric } from "../src/http/open-metric.ts";
import type { InstrumentDefinition, Instruments } from "../src/instruments/instruments.ts";
import type { DocumentedMetric } from "./documented-metric.ts";

const moves: Readonly<Record<HttpServerMeasure, (noun: string) => string>> = {
  started: (noun) => `when a ${noun} begins`,
  active: (noun) => `when a ${noun} begins and when it ends`,
  finished: (noun) => `when a ${noun} ends`,
  succeeded: (noun) => `when a ${noun} succeeds`,
  failed: (noun) => `when a ${noun} fails`,
  duration: (noun) => `when a ${noun} ends`,
  lastSuccess: (noun) => `when a ${noun} succeeds`,
  requestBytes: (noun) => `when a ${noun} ends whose body was seen`,
  responseBytes: (noun) => `when a ${noun} ends whose body was seen`,
};

/** The metric that a mapping makes, found out by making it. `noun` is what it measures. */
export function documentMapping(
  mapping: MetricMapping<HttpServerMeasure, string>,
  noun: string,
): DocumentedMetric {
  const made: DocumentedMetric[] = [];
  const attributes = Object.keys(mapping.labels);
  function note(
    definition: Omit<InstrumentDefinition, "kind"> & { kind: DocumentedMetric["kind"] },
  ) {
    made.push({ ...definition, attributes, when: moves[mapping.measure](noun) });
  }
  const instruments: Instruments = {
    counter(definition) {
      note(definition);
      return () => ({ add() {} });
    },
    histogram(definition) {
      note(definition);
      return () => ({ record() {} });
    },
  };
  const meter = {
    createGauge(name: string, { unit = "", description = "" }: MetricOptions) {
      note({ name, unit, description, kind: "gauge" });
    },
  };
  const meterProvider = { getMeter: () => meter } as unknown as MeterProvider;
  openMetric({ mapping, instruments, options: { meterProvider } });
  const [metric] = made;
  if (metric === undefined) throw new Error(`Cannot document '${mapping.name}': it makes nothing`);
  return metric;
}
