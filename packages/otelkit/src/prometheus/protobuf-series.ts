// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
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

/** Writes the value of a series into the message `Metric`, and guesses how many bytes it took. */
export interface SeriesMessage {
  write(
    writer: BinaryWriter,
    series: NumberView | HistogramView | ExponentialHistogramView,
  ): number;
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
export function writeLabels(writer: BinaryWriter, field: number, labels: readonly Label[]): void {
  for (const [name, value] of labels) {
    begin(writer, field);
    writer.tag(1, WireType.LengthDelimited).string(name);
    writer.tag(2, WireType.LengthDelimited).string(value);
    writer.join();
  }
}

// The numbers are those of io/prometheus/client/metrics.proto.

function writeGauge(writer: BinaryWriter, { value }: NumberView): number {
  begin(writer, 2);
  writeDouble(writer, 1, value);
  writer.join();
  return 11;
}

function writeCounter(writer: BinaryWriter, { value, startTimeMs }: NumberView): number {
  begin(writer, 3);
  writeDouble(writer, 1, value);
  writeTimestamp(writer, 3, startTimeMs);
  writer.join();
  return 25;
}

function writeHistogram(writer: BinaryWriter, series: HistogramView): number {
  begin(writer, 7);
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
  writer.join();
  return 40 + boundaries.length * 15;
}

function writeExponential(writer: BinaryWriter, series: ExponentialHistogramView): number {
  begin(writer, 7);
  writeSummary(writer, series);
  // For a Prometheus that asks for protobuf and takes no native histograms.
  const { bounds, cumulative } = classicBuckets(series);
  bounds.forEach((bound, i) => {
    writeBucket(writer, bound, cumulative[i] ?? 0, undefined);
  });
  writeTimestamp(writer, 15, series.startTimeMs);
  const native = nativeHistogram(series);
  if (native !== undefined) {
    writer.tag(5, WireType.Varint).sint32(native.schema);
    writeDouble(writer, 6, 0);
    writeCount(writer, 7, series.zeroCount);
    writeNative(writer, native.negative, { spans: 9, deltas: 10 });
    writeNative(writer, native.positive, { spans: 12, deltas: 13 });
    // An empty span says that a histogram of zeros alone is a native one.
    if (native.positive.spans.length === 0) writeSpan(writer, 12, 0, 0);
    if (series.exemplar !== undefined) writeExemplar(writer, 16, series.exemplar);
  }
  writer.join();
  return 100 + bounds.length * 20 + series.positive.counts.length * 2;
}

function writeSummary(writer: BinaryWriter, { count, sum }: { count: number; sum?: number }) {
  writeCount(writer, 1, count);
  if (sum !== undefined) writeDouble(writer, 2, sum);
}

function writeBucket(
  writer: BinaryWriter,
  bound: number,
  count: number,
  exemplar: Exemplar | undefined,
): void {
  begin(writer, 3);
  writeCount(writer, 1, count);
  writeDouble(writer, 2, bound);
  if (exemplar !== undefined) writeExemplar(writer, 3, exemplar);
  writer.join();
}

function writeExemplar(writer: BinaryWriter, field: number, exemplar: Exemplar): void {
  begin(writer, field);
  const { traceId, spanId, value, timeMs } = exemplar;
  writeLabels(writer, 1, [
    ["trace_id", traceId],
    ["span_id", spanId],
  ]);
  writeDouble(writer, 2, value);
  writeTimestamp(writer, 3, timeMs);
  writer.join();
}

function writeNative(
  writer: BinaryWriter,
  { spans, deltas }: NativeBuckets,
  field: { spans: number; deltas: number },
): void {
  for (const { offset, length } of spans) writeSpan(writer, field.spans, offset, length);
  for (const delta of deltas) writer.tag(field.deltas, WireType.Varint).sint64(delta);
}

function writeSpan(writer: BinaryWriter, field: number, offset: number, length: number): void {
  begin(writer, field);
  writer.tag(1, WireType.Varint).sint32(offset);
  writer.tag(2, WireType.Varint).uint32(length);
  writer.join();
}

function begin(writer: BinaryWriter, field: number): void {
  writer.tag(field, WireType.LengthDelimited).fork();
}

function writeDouble(writer: BinaryWriter, field: number, value: number): void {
  writer.tag(field, WireType.Bit64).double(value);
}

function writeCount(writer: BinaryWriter, field: number, count: number): void {
  writer.tag(field, WireType.Varint);
  // The bytes are the same, and those of a smaller type are written in a tenth of the time.
  if (count <= 0xffff_ffff) writer.uint32(count);
  else writer.uint64(count);
}

function writeTimestamp(writer: BinaryWriter, field: number, timeMs: number): void {
  const seconds = Math.floor(timeMs / 1000);
  begin(writer, field);
  writer.tag(1, WireType.Varint);
  if (seconds <= 0xffff_ffff) writer.uint32(seconds);
  else writer.int64(seconds);
  writer.tag(2, WireType.Varint).int32(Math.round((timeMs - seconds * 1000) * 1e6));
  writer.join();
}
