// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { bucketOf } from "../store/histogram-cell.ts";
import type {
  Exemplar,
  ExponentialHistogramView,
  HistogramView,
  MetricView,
  NumberView,
} from "../store/metric-view.ts";
import { classicBuckets } from "./classic-buckets.ts";
import { formatExemplar, formatFloat, formatNumber, sampleStart } from "./text-syntax.ts";

/** How the samples of a family are written. */
export interface SampleSyntax {
  /** The family's name on the lines that describe it. */
  readonly name: string;
  /** The name of its samples: for a histogram without their suffixes. */
  readonly sample: string;
  readonly type: string;
  /** The name of the series that tells when a series began; undefined for none. */
  readonly created: string | undefined;
  readonly isOpenMetrics: boolean;
}

/** Writes all samples of a series, given its labels as text. */
export interface SeriesText {
  write(series: NumberView | HistogramView | ExponentialHistogramView, labels: string): string;
}

/** Makes the writer that the series of a metric need. */
export function createSeriesText({ kind }: MetricView, syntax: SampleSyntax): SeriesText {
  if (kind === "histogram") return histogramText(syntax);
  return kind === "exponential histogram" ? exponentialText(syntax) : numberText(syntax);
}

function numberText({ sample, created }: SampleSyntax): SeriesText {
  const startOf = createStart(sample);
  const createdText = createCreatedText(created);
  return {
    write(series: NumberView, labels) {
      return `${startOf(labels)}${formatNumber(series.value)}\n${createdText(series, labels)}`;
    },
  };
}

function histogramText({ sample, created, isOpenMetrics }: SampleSyntax): SeriesText {
  const { open } = sampleStart(`${sample}_bucket`);
  const summaryText = createSummaryText(sample);
  const createdText = createCreatedText(created);
  let boundaries: readonly number[] | undefined;
  let ends: string[] = [];
  return {
    write(series: HistogramView, labels) {
      // The series of an instrument share their boundaries.
      if (series.boundaries !== boundaries) {
        boundaries = series.boundaries;
        ends = boundEnds(boundaries, isOpenMetrics);
      }
      const start = labels === "" ? open : `${open}${labels},`;
      const exemplars = isOpenMetrics ? series.exemplars : undefined;
      let text = "";
      let cumulative = 0;
      for (let i = 0; i < ends.length; i++) {
        cumulative += series.counts[i] ?? 0;
        const exemplar = exemplars === undefined ? "" : formatExemplar(exemplars[i]);
        text += `${start}${ends[i]}${cumulative}${exemplar}\n`;
      }
      const last = exemplars === undefined ? "" : formatExemplar(exemplars[ends.length]);
      text += `${start}le="+Inf"} ${series.count}${last}\n`;
      return text + summaryText(series, labels) + createdText(series, labels);
    },
  };
}

function exponentialText({ sample, created, isOpenMetrics }: SampleSyntax): SeriesText {
  const { open } = sampleStart(`${sample}_bucket`);
  const summaryText = createSummaryText(sample);
  const createdText = createCreatedText(created);
  return {
    write(series: ExponentialHistogramView, labels) {
      const { bounds, cumulative } = classicBuckets(series);
      const start = labels === "" ? open : `${open}${labels},`;
      const exemplarOf = createExemplarOf(bounds, isOpenMetrics ? series.exemplar : undefined);
      let text = "";
      boundEnds(bounds, isOpenMetrics).forEach((end, i) => {
        text += `${start}${end}${cumulative[i]}${exemplarOf(i)}\n`;
      });
      text += `${start}le="+Inf"} ${series.count}${exemplarOf(bounds.length)}\n`;
      return text + summaryText(series, labels) + createdText(series, labels);
    },
  };
}

function createExemplarOf(bounds: readonly number[], exemplar: Exemplar | undefined) {
  const bucket = exemplar === undefined ? -1 : bucketOf(bounds, exemplar.value);
  return (i: number) => (i === bucket ? formatExemplar(exemplar) : "");
}

function boundEnds(boundaries: readonly number[], isOpenMetrics: boolean): string[] {
  const format = isOpenMetrics ? formatFloat : formatNumber;
  // The last bucket is written with the count of all values, whatever some SDKs call its bound.
  return boundaries.filter(Number.isFinite).map((bound) => `le="${format(bound)}"} `);
}

function createStart(sample: string): (labels: string) => string {
  const { open, bare } = sampleStart(sample);
  return (labels) => (labels === "" ? bare : `${open}${labels}} `);
}

function createSummaryText(sample: string) {
  const sumStart = createStart(`${sample}_sum`);
  const countStart = createStart(`${sample}_count`);
  return function summaryText({ sum, count }: { sum?: number; count: number }, labels: string) {
    const sumText = sum === undefined ? "" : `${sumStart(labels)}${formatNumber(sum)}\n`;
    return `${sumText}${countStart(labels)}${count}\n`;
  };
}

function createCreatedText(created: string | undefined) {
  if (created === undefined) return () => "";
  const startOf = createStart(created);
  return ({ startTimeMs }: { startTimeMs: number }, labels: string) =>
    `${startOf(labels)}${startTimeMs / 1000}\n`;
}
