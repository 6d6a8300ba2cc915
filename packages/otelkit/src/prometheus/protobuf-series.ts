// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type {
  Exemplar,
  ExponentialHistogramView,
  HistogramView,
  MetricView,
  NumberView,
} from "../store/metric-view.ts";
import { classicBuckets } from "./classic-buckets.ts";
import type { Label } from "./labels.ts";
import { type NativeBuckets, nativeHistogram } from "./native-buckets.ts";
import type { WireBuffer } from "./wire-buffer.ts";

/** Writes the value of a series into the message `Metric`. */
export interface SeriesMessage {
  write(writer: WireBuffer, series: NumberView | HistogramView | ExponentialHistogramView): void;
}

/** Makes the writer that the series of a metric need. */
export function createSeriesMessage({ kind }: MetricView): SeriesMessage {
  switch (kind) {
    case "counter":
      return { write: writeCounter };
    case "gauge":
      return { write: writeGauge };
    case "histogram":
      return { write: writeHistogram };
    default:
      return { write: writeExponential };
  }
}

/** Writes labels as the fields of number `field` of a message. */
export function writeLabels(writer: WireBuffer, field: number, labels: readonly Label[]): void {
  for (const [name, value] of labels) {
    const start = writer.begin(field);
    writer.text(1, name);
    writer.text(2, value);
    writer.end(start);
  }
}

// The numbers are those of io/prometheus/client/metrics.proto.

function writeGauge(writer: WireBuffer, { value }: NumberView): void {
  const start = writer.begin(2);
  writer.double(1, value);
  writer.end(start);
}

function writeCounter(writer: WireBuffer, { value, startTimeMs }: NumberView): void {
  const start = writer.begin(3);
  writer.double(1, value);
  writeTimestamp(writer, 3, startTimeMs);
  writer.end(start);
}

function writeHistogram(writer: WireBuffer, series: HistogramView): void {
  const start = writer.begin(7);
  writeSummary(writer, series);
  const { boundaries, counts, exemplars } = series;
  let cumulative = 0;
  for (let i = 0; i < boundaries.length; i++) {
    const bound = boundaries[i] as number;
    if (bound === Number.POSITIVE_INFINITY) break;
    cumulative += counts[i] ?? 0;
    writeBucket(writer, bound, cumulative, exemplars?.[i]);
  }
  // Without it the exemplar of the largest values would have no place.
  writeBucket(writer, Number.POSITIVE_INFINITY, series.count, exemplars?.[counts.length - 1]);
  writeTimestamp(writer, 15, series.startTimeMs);
  writer.end(start);
}

function writeExponential(writer: WireBuffer, series: ExponentialHistogramView): void {
  const start = writer.begin(7);
  writeSummary(writer, series);
  // For a Prometheus that asks for protobuf and takes no native histograms.
  const { bounds, cumulative } = classicBuckets(series);
  bounds.forEach((bound, i) => {
    writeBucket(writer, bound, cumulative[i] ?? 0, undefined);
  });
  writeTimestamp(writer, 15, series.startTimeMs);
  const native = nativeHistogram(series);
  if (native !== undefined) {
    writer.signed(5, native.schema);
    writer.double(6, 0);
    writer.varint(7, series.zeroCount);
    writeNative(writer, native.negative, { spans: 9, deltas: 10 });
    writeNative(writer, native.positive, { spans: 12, deltas: 13 });
    // An empty span says that a histogram of zeros alone is a native one.
    if (native.positive.spans.length === 0) writeSpan(writer, 12, 0, 0);
    if (series.exemplar !== undefined) writeExemplar(writer, 16, series.exemplar);
  }
  writer.end(start);
}

function writeSummary(writer: WireBuffer, { count, sum }: { count: number; sum?: number }) {
  writer.varint(1, count);
  if (sum !== undefined) writer.double(2, sum);
}

function writeBucket(
  writer: WireBuffer,
  bound: number,
  count: number,
  exemplar: Exemplar | undefined,
): void {
  const start = writer.begin(3);
  writer.varint(1, count);
  writer.double(2, bound);
  if (exemplar !== undefined) writeExemplar(writer, 3, exemplar);
  writer.end(start);
}

function writeExemplar(writer: WireBuffer, field: number, exemplar: Exemplar): void {
  const start = writer.begin(field);
  const { traceId, spanId, value, timeMs } = exemplar;
  writeLabels(writer, 1, [
    ["trace_id", traceId],
    ["span_id", spanId],
  ]);
  writer.double(2, value);
  writeTimestamp(writer, 3, timeMs);
  writer.end(start);
}

function writeNative(
  writer: WireBuffer,
  { spans, deltas }: NativeBuckets,
  field: { spans: number; deltas: number },
): void {
  for (const { offset, length } of spans) writeSpan(writer, field.spans, offset, length);
  for (const delta of deltas) writer.signed(field.deltas, delta);
}

function writeSpan(writer: WireBuffer, field: number, offset: number, length: number): void {
  const start = writer.begin(field);
  writer.signed(1, offset);
  writer.varint(2, length);
  writer.end(start);
}

function writeTimestamp(writer: WireBuffer, field: number, timeMs: number): void {
  const seconds = Math.floor(timeMs / 1000);
  const start = writer.begin(field);
  writer.varint(1, seconds);
  writer.varint(2, Math.round((timeMs - seconds * 1000) * 1e6));
  writer.end(start);
}
