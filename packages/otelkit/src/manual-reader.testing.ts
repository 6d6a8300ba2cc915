// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  AggregationTemporality,
  DataPointType,
  type Histogram,
  MeterProvider,
  MetricReader,
} from "@opentelemetry/sdk-metrics";

class ManualReader extends MetricReader {
  protected override async onForceFlush(): Promise<void> {}
  protected override async onShutdown(): Promise<void> {}
}

/** One point of one metric, as a test wants to see it. */
export interface Point {
  name: string;
  attributes: Record<string, unknown>;
  /** A counter's value, a histogram's count. */
  value: number;
  /** A histogram's sum. */
  sum?: number;
}

/** A meter provider whose metrics a test reads when it likes. */
export function createTestMeter(
  aggregationTemporality: AggregationTemporality = AggregationTemporality.CUMULATIVE,
) {
  const reader = new ManualReader({ aggregationTemporalitySelector: () => aggregationTemporality });
  const meterProvider = new MeterProvider({ readers: [reader] });

  async function collect() {
    const { resourceMetrics, errors } = await reader.collect();
    if (errors.length > 0) throw new AggregateError(errors);
    return resourceMetrics;
  }

  async function metrics() {
    return (await collect()).scopeMetrics.flatMap((scope) => scope.metrics);
  }

  async function points(): Promise<Point[]> {
    return (await metrics()).flatMap((metric) =>
      metric.dataPoints.map((point) => {
        const head = { name: metric.descriptor.name, attributes: point.attributes };
        if (metric.dataPointType !== DataPointType.HISTOGRAM) {
          return { ...head, value: point.value as number };
        }
        const { count, sum } = point.value as Histogram;
        // Seconds made of milliseconds are not exact.
        return { ...head, value: count, sum: Number((sum ?? 0).toFixed(6)) };
      }),
    );
  }

  return { meterProvider, collect, metrics, points };
}
