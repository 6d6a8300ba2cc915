// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type HrTime, ValueType } from "@opentelemetry/api";
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  type MetricData,
  type ScopeMetrics,
} from "@opentelemetry/sdk-metrics";
import type { HistogramView, MetricView } from "./metric-view.ts";

/** Copies metrics into the SDK's shape, for readers that are not ours. */
export function toScopeMetrics(views: Iterable<MetricView>, endTimeMs: number): ScopeMetrics[] {
  const byScope = new Map<MetricView["scope"], MetricData[]>();
  for (const view of views) {
    const data = toMetricData(view, toHrTime(endTimeMs));
    if (data.dataPoints.length === 0) continue;
    const metrics = byScope.get(view.scope);
    if (metrics === undefined) byScope.set(view.scope, [data]);
    else metrics.push(data);
  }
  return Array.from(byScope, ([scope, metrics]) => ({ scope, metrics }));
}

function toMetricData(view: MetricView, endTime: HrTime): MetricData {
  const { name, description, unit } = view;
  const head = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  switch (view.kind) {
    case "histogram":
      return {
        ...head,
        dataPointType: DataPointType.HISTOGRAM,
        dataPoints: points(view.series, endTime, (series) => ({
          buckets: { boundaries: [...series.boundaries], counts: Array.from(series.counts) },
          ...summary(series),
        })),
      };
    case "exponential histogram":
      return {
        ...head,
        dataPointType: DataPointType.EXPONENTIAL_HISTOGRAM,
        dataPoints: points(view.series, endTime, (series) => ({
          scale: series.scale,
          zeroCount: series.zeroCount,
          positive: copyBuckets(series.positive),
          negative: copyBuckets(series.negative),
          ...summary(series),
        })),
      };
    default:
      return {
        ...head,
        dataPointType: DataPointType.SUM,
        isMonotonic: view.kind === "counter",
        dataPoints: points(view.series, endTime, ({ value }) => value),
      };
  }
}

function points<Series extends Pick<DataPoint<0>, "attributes"> & { startTimeMs: number }, Value>(
  series: Iterable<Series>,
  endTime: HrTime,
  read: (series: Series) => Value,
): DataPoint<Value>[] {
  return Array.from(series, (one) => ({
    attributes: one.attributes,
    startTime: toHrTime(one.startTimeMs),
    endTime,
    value: read(one),
  }));
}

function summary({ count, sum, min, max }: Pick<HistogramView, "count" | "sum" | "min" | "max">) {
  return {
    count,
    ...(sum === undefined ? {} : { sum }),
    ...(min === undefined || max === undefined ? {} : { min, max }),
  };
}

function copyBuckets({ offset, counts }: { offset: number; counts: readonly number[] }) {
  return { offset, bucketCounts: [...counts] };
}

function toHrTime(timeMs: number): HrTime {
  const seconds = Math.floor(timeMs / 1000);
  return [seconds, Math.round((timeMs - seconds * 1000) * 1e6)];
}
