// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import type { Attributes } from "@opentelemetry/api";
import { createLabelCache, type Label, type LabelRules, toLabels } from "./labels.ts";
import { type MetricFamily, scopeLabelNames } from "./metric-families.ts";
import { chunkLength, isTwin, type PageContent, type PageOptions } from "./page-writer.ts";
import { createSeriesMessage, writeLabels } from "./protobuf-series.ts";

/** Options of {@link createProtobufPage}. */
export interface ProtobufPageOptions extends PageOptions {
  labels: LabelRules;
}

/** Fields of `MetricFamily` and, of it, `Metric`. */
const fields = { name: 1, help: 2, type: 3, metric: 4, unit: 5, label: 1, gauge: 2 };
/** Values of `MetricType`. */
const types = { counter: 0, gauge: 1, histogram: 4 };

/**
 * Makes a writer of messages `io.prometheus.client.MetricFamily`, each after its length, which is
 * the one format that has native histograms. They are written by hand: a series takes a tenth of
 * the time that it would as an object.
 */
export function createProtobufPage({ labels, warn }: ProtobufPageOptions) {
  const rules = { ...labels, dropped: scopeLabelNames };
  const labelsOf = createLabelCache(rules, encodeLabels);
  const labelsOfHistogram = createLabelCache({ ...rules, reserved: ["le"] }, encodeLabels);

  return function* writeProtobufPage({ families, target }: PageContent, chunks: Uint8Array[]) {
    if (target !== undefined) chunks.push(...encodeTarget(target, labels));
    for (const family of families) {
      const pieces: Uint8Array[] = [];
      const writer = new BinaryWriter();
      const find = family.type === "histogram" ? labelsOfHistogram : labelsOf;
      const seen = new Set<string>();
      let length = 0;
      for (const { view, scope } of family.metrics) {
        const { bytes: scopeBytes, text: scopeText } = encodeLabels(scope);
        const message = createSeriesMessage(view);
        for (const series of view.series) {
          const { bytes, text } = find(series.attributes);
          if (isTwin(seen, view, scopeText + text, warn)) continue;
          if (seen.size === 1) writeHead(writer, family);
          writer.tag(fields.metric, WireType.LengthDelimited).fork().raw(bytes).raw(scopeBytes);
          length += bytes.length + scopeBytes.length + message.write(writer, series);
          writer.join();
          if (length < chunkLength) continue;
          pieces.push(writer.finish());
          length = 0;
          yield;
        }
      }
      if (seen.size > 0) chunks.push(...delimited([...pieces, writer.finish()]));
    }
  };
}

function writeHead(
  writer: BinaryWriter,
  { name, help, type, unit }: Omit<MetricFamily, "metrics">,
) {
  writer.tag(fields.name, WireType.LengthDelimited).string(name);
  writer.tag(fields.help, WireType.LengthDelimited).string(help === "" ? "No description" : help);
  writer.tag(fields.type, WireType.Varint).int32(types[type === "info" ? "gauge" : type]);
  if (unit !== "") writer.tag(fields.unit, WireType.LengthDelimited).string(unit);
}

function encodeTarget(target: Attributes, rules: LabelRules): Uint8Array[] {
  const writer = new BinaryWriter();
  writeHead(writer, { name: "target_info", help: "Target metadata", type: "info", unit: "" });
  writer.tag(fields.metric, WireType.LengthDelimited).fork();
  writeLabels(writer, fields.label, toLabels(target, rules));
  writer.tag(fields.gauge, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.Bit64).double(1).join().join();
  return delimited([writer.finish()]);
}

/** The pieces of a message, after its length. */
function delimited(pieces: readonly Uint8Array[]): Uint8Array[] {
  const length = pieces.reduce((total, piece) => total + piece.length, 0);
  return [new BinaryWriter().uint32(length).finish(), ...pieces];
}

function encodeLabels(labels: readonly Label[]) {
  const writer = new BinaryWriter();
  writeLabels(writer, fields.label, labels);
  return { bytes: writer.finish(), text: labels.length === 0 ? "" : JSON.stringify(labels) };
}
