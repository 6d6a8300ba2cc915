// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { MeterProvider, MetricOptions } from "@opentelemetry/api";
import type { HttpServerMeasure, MetricMapping } from "../src/http/metric-mapping.ts";
import { openMetric } from "../src/http/open-metric.ts";
import type { InstrumentDefinition, Instruments } from "../src/instruments/instruments.ts";
import type { DocumentedMetric } from "./documented-metric.ts";

const moves: Readonly<Record<HttpServerMeasure, string>> = {
  started: "when an operation begins",
  active: "when an operation begins and when it ends",
  finished: "when an operation ends",
  succeeded: "when an operation succeeds",
  failed: "when an operation fails",
  duration: "when an operation ends",
  lastSuccess: "when an operation succeeds",
  requestBytes: "when a request ends whose body was seen",
  responseBytes: "when a request ends whose body was seen",
};

/** The metric that a mapping makes, found out by making it. */
export function documentMapping(
  mapping: MetricMapping<HttpServerMeasure, string>,
): DocumentedMetric {
  const made: DocumentedMetric[] = [];
  const attributes = Object.keys(mapping.labels);
  function note(
    definition: Omit<InstrumentDefinition, "kind"> & { kind: DocumentedMetric["kind"] },
  ) {
    made.push({ ...definition, attributes, when: moves[mapping.measure] });
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
