// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { HrTime } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import type { MetricView, ScopeView } from "../store/metric-view.ts";

/**
 * What an SDK collected, as our serializers read it. Deltas are left out and told to `warn`: a page
 * shows totals, and a delta that two scrapers fetch would be counted once by each.
 */
export function* toViews(
  scopes: Iterable<ScopeMetrics>,
  warn: (message: string) => void,
): Generator<MetricView> {
  for (const { scope, metrics } of scopes) {
    for (const metric of metrics) {
      const { descriptor, aggregationTemporality, dataPointType } = metric;
      const isGauge = dataPointType === DataPointType.GAUGE;
      if (!isGauge && aggregationTemporality === AggregationTemporality.DELTA) {
        warn(`The metric '${descriptor.name}' is not on the page, as it is told in deltas`);
        continue;
      }
      const view = toView(metric, scope, warn);
      if (view !== undefined) yield view;
      else warn(`The metric '${descriptor.name}' is not on the page: its kind is unknown`);
    }
  }
}

function toView(
  metric: MetricData,
  scope: ScopeView,
  warn: (message: string) => void,
): MetricView | undefined {
  const { name, description, unit } = metric.descriptor;
  const head = { scope, name, description, unit };
  switch (metric.dataPointType) {
    case DataPointType.SUM:
    case DataPointType.GAUGE: {
      const isCounter = metric.dataPointType === DataPointType.SUM && metric.isMonotonic;
      const series = metric.dataPoints.map((point) => ({ ...begun(point), value: point.value }));
      if (isCounter && series.some(isNaNValue)) {
        warn(`A series of the counter '${name}' is not on the page, as its value is NaN`);
        return { ...head, kind: "counter", series: series.filter((one) => !isNaNValue(one)) };
      }
      return { ...head, kind: isCounter ? "counter" : "gauge", series };
    }
    case DataPointType.HISTOGRAM: {
      const series = metric.dataPoints.map((point) => {
        const { buckets, count, sum } = point.value;
        return { ...begun(point), ...buckets, count, sum };
      });
      return { ...head, kind: "histogram", series };
    }
    case DataPointType.EXPONENTIAL_HISTOGRAM: {
      const series = metric.dataPoints.map((point) => {
        const { scale, zeroCount, positive, negative, count, sum } = point.value;
        return {
          ...begun(point),
          ...{ scale, zeroCount, count, sum },
          positive: { offset: positive.offset, counts: positive.bucketCounts },
          negative: { offset: negative.offset, counts: negative.bucketCounts },
        };
      });
      return { ...head, kind: "exponential histogram", series };
    }
    default:
      return undefined;
  }
}

function isNaNValue({ value }: { value: number }): boolean {
  return Number.isNaN(value);
}

function begun({ attributes, startTime }: DataPoint<unknown>) {
  return { attributes, startTimeMs: toMs(startTime) };
}

function toMs([seconds, nanos]: HrTime): number {
  return seconds * 1000 + Math.floor(nanos / 1e6);
}
