// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { diag } from "@opentelemetry/api";
import { PrometheusSerializer } from "@opentelemetry/exporter-prometheus";
import {
  AggregationTemporality,
  type MetricProducer,
  MetricReader,
} from "@opentelemetry/sdk-metrics";
import type { PrometheusPage } from "./prometheus-reader.ts";

/** Options of {@link ScrapeReader}. */
export interface ScrapeReaderOptions {
  /** Whether series have `otel_scope_name` labels. */
  scopeLabels: boolean;
  metricProducers: MetricProducer[];
}

/** Reads metrics when it is asked to, and writes them as Prometheus text. */
export class ScrapeReader extends MetricReader {
  readonly #serializer: PrometheusSerializer;

  constructor({ scopeLabels, metricProducers }: ScrapeReaderOptions) {
    super({
      aggregationTemporalitySelector: () => AggregationTemporality.CUMULATIVE,
      metricProducers,
    });
    this.#serializer = new PrometheusSerializer("", false, undefined, false, !scopeLabels);
  }

  /** All metrics, as text format 0.0.4. What cannot be collected is left out and told to `diag`. */
  async scrape(): Promise<PrometheusPage> {
    const { resourceMetrics, errors } = await this.collect();
    for (const error of errors) diag.error("@labwire/otelkit: Collecting a metric failed", error);
    const text = this.#serializer.serialize(resourceMetrics);
    return {
      contentType: "text/plain; version=0.0.4; charset=utf-8",
      chunks: [Buffer.from(text.endsWith("\n") ? text : `${text}\n`)],
    };
  }

  protected override async onForceFlush(): Promise<void> {}

  protected override async onShutdown(): Promise<void> {}
}
