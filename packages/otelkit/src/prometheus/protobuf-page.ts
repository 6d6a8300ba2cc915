// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { createLabelCache, type Label, type LabelRules, toLabels } from "./labels.ts";
import type { MetricFamily } from "./metric-families.ts";
import { chunkLength, isTwin, type PageContent, type PageOptions } from "./page-writer.ts";
import { createSeriesMessage, writeLabels } from "./protobuf-series.ts";
import { WireBuffer } from "./wire-buffer.ts";

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
 * the one format that has native histograms.
 */
export function createProtobufPage({ labels, warn }: ProtobufPageOptions) {
  const scratch = new WireBuffer();
  const labelsOf = createLabelCache(labels, encodeLabels);
  const labelsOfHistogram = createLabelCache({ ...labels, reserved: ["le"] }, encodeLabels);

  return function* writeProtobufPage({ families, target }: PageContent, chunks: Uint8Array[]) {
    // Of this page alone, as two can be under way.
    const writer = new WireBuffer();
    if (target !== undefined) chunks.push(...delimited([encodeTarget(target)]));
    for (const family of families) {
      const pieces: Uint8Array[] = [];
      const find = family.type === "histogram" ? labelsOfHistogram : labelsOf;
      const seen = new Set<string>();
      for (const { view, scope } of family.metrics) {
        const { bytes: scopeBytes, text: scopeText } = encodeLabels(scope);
        const message = createSeriesMessage(view);
        for (const series of view.series) {
          const { bytes, text } = find(series.attributes);
          if (isTwin(seen, view, scopeText + text, warn)) continue;
          if (seen.size === 1) writeHead(writer, family);
          const start = writer.begin(fields.metric);
          writer.raw(bytes);
          writer.raw(scopeBytes);
          message.write(writer, series);
          writer.end(start);
          if (writer.length < chunkLength) continue;
          pieces.push(writer.take());
          yield;
        }
      }
      if (seen.size > 0) chunks.push(...delimited([...pieces, writer.take()]));
    }
  };

  function encodeTarget(target: Attributes): Uint8Array {
    writeHead(scratch, { name: "target_info", help: "Target metadata", type: "info", unit: "" });
    const metric = scratch.begin(fields.metric);
    writeLabels(scratch, fields.label, toLabels(target, labels));
    const gauge = scratch.begin(fields.gauge);
    scratch.double(1, 1);
    scratch.end(gauge);
    scratch.end(metric);
    return scratch.take();
  }

  /** The pieces of a message, after its length. */
  function delimited(pieces: readonly Uint8Array[]): Uint8Array[] {
    scratch.bare(pieces.reduce((total, piece) => total + piece.length, 0));
    return [scratch.take(), ...pieces];
  }

  function encodeLabels(found: readonly Label[]) {
    writeLabels(scratch, fields.label, found);
    return { bytes: scratch.take(), text: found.length === 0 ? "" : JSON.stringify(found) };
  }
}

function writeHead(writer: WireBuffer, { name, help, type, unit }: Omit<MetricFamily, "metrics">) {
  writer.text(fields.name, name);
  writer.text(fields.help, help === "" ? "No description" : help);
  writer.varint(fields.type, types[type === "info" ? "gauge" : type]);
  if (unit !== "") writer.text(fields.unit, unit);
}
