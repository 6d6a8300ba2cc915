// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Attributes, type SpanContext, trace } from "@opentelemetry/api";
import { assertCardinalityLimit, defaultCardinalityLimit } from "../instruments/bounded-cells.ts";
import type { CellsOf } from "../instruments/instruments.ts";
import { openInstruments } from "../instruments/open-instruments.ts";
import { attempt } from "./attempt.ts";
import type { MeasureOptions } from "./measure-options.ts";
import {
  assertMappings,
  type HttpServerMeasure,
  isStartMeasure,
  type MetricMapping,
} from "./metric-mapping.ts";
import { openMetric, type Series } from "./open-metric.ts";

/** What is known of an operation, by field. */
export type Fields<Field extends string> = {
  readonly [name in Field]?: string | number | undefined;
};

/** How an operation ended. */
export interface Ending<Field extends string> {
  readonly isSuccess: boolean;
  /** What was not known when it began. */
  readonly fields: Fields<Field>;
  readonly requestBytes?: number | undefined;
  readonly responseBytes?: number | undefined;
}

/** An operation that is under way. */
export interface Measured<Field extends string> {
  /** Ends it. The first end counts, later ones are ignored. Never throws. */
  finish(ending: Ending<Field>): void;
}

/** What a recorder needs to know beside the options of its user. */
export interface RecorderOptions<Field extends string> extends MeasureOptions {
  metrics: readonly MetricMapping<HttpServerMeasure, Field>[];
  /** Fields that are known when an operation begins. */
  startFields: readonly Field[];
}

/**
 * Begins operations; `attributes` are on every series, and `span` is for exemplars: by default the
 * one that is active. Never throws.
 */
export type Recorder<Field extends string> = (
  start: Fields<Field>,
  attributes?: Attributes,
  span?: SpanContext,
) => Measured<Field>;

/** The series of the operations that began alike. */
interface Group {
  readonly series: readonly Series[];
  /** Further series by how the operations ended. */
  readonly endings: Map<string, readonly Series[]>;
}

interface OpenMetric {
  readonly mapping: MetricMapping<HttpServerMeasure, string>;
  readonly seriesOf: CellsOf<Series>;
}

/**
 * Makes the one thing that all helpers of this folder measure with. What depends on attributes is
 * done once per combination of fields: an operation costs two lookups and its numbers.
 *
 * @throws {OtelkitError} with code `invalid_option` when `metrics` make no sense.
 */
export function createRecorder<Field extends string>(
  options: RecorderOptions<Field>,
): Recorder<Field> {
  const { startFields, cardinalityLimit = defaultCardinalityLimit } = options;
  const clock = options.now ?? (() => performance.now());
  assertMappings(options.metrics, startFields);
  assertCardinalityLimit("measure", cardinalityLimit);
  const groups = new Map<string, Group>();
  let remembered = 0;
  let opened: OpenMetric[] | undefined;

  function openMetrics(): OpenMetric[] {
    const instruments = openInstruments(options);
    return options.metrics.map((mapping) => ({
      mapping,
      seriesOf: openMetric({ mapping, instruments, options }),
    }));
  }

  function seriesFor(
    isWanted: (mapping: OpenMetric["mapping"]) => boolean,
    fields: Fields<string>,
    attributes: Attributes,
  ): Series[] {
    // Not before the first operation: instruments of a provider that is not yet set stay dead.
    opened ??= openMetrics();
    return opened
      .filter(({ mapping }) => isWanted(mapping))
      .map(({ mapping, seriesOf }) => seriesOf(labelled(mapping.labels, fields, attributes)));
  }

  function openGroup(start: Fields<Field>, attributes: Attributes): Group {
    const series = seriesFor(({ measure }) => isStartMeasure(measure), start, attributes);
    // The first failure must be an increase that is seen, so its series is there from the start.
    seriesFor(({ labels }) => isKnownAtStart(labels), start, attributes);
    return { series, endings: new Map() };
  }

  function isKnownAtStart(labels: Readonly<Record<string, string>>): boolean {
    const known: readonly string[] = startFields;
    return Object.values(labels).every((field) => known.includes(field));
  }

  /** Remembers no more than the instruments have series, as keys may have no end. */
  function remember<T>(map: Map<string, T>, key: string, make: () => T): T {
    const found = map.get(key);
    if (found !== undefined) return found;
    const made = make();
    if (remembered < cardinalityLimit) {
      map.set(key, made);
      remembered++;
    }
    return made;
  }

  function endingSeries(
    group: Group,
    start: Fields<Field>,
    ending: Fields<Field>,
    attributes: Attributes,
  ): readonly Series[] {
    return remember(group.endings, JSON.stringify(ending), () =>
      seriesFor(({ measure }) => !isStartMeasure(measure), { ...start, ...ending }, attributes),
    );
  }

  function now(): number {
    return attempt("Clock failed", clock) ?? Number.NaN;
  }

  function startOperation(
    start: Fields<Field>,
    attributes: Attributes,
    span: SpanContext | undefined,
  ): Measured<Field> {
    const startMs = now();
    const key = JSON.stringify([start, attributes]);
    const group = remember(groups, key, () => openGroup(start, attributes));
    for (const series of group.series) series.start?.();
    let isFinished = false;

    function end(ending: Ending<Field>) {
      // A clock that was set back, or that failed, must not put a negative or NaN into a sum.
      const elapsedMs = now() - startMs;
      const durationMs = elapsedMs > 0 && elapsedMs < Number.POSITIVE_INFINITY ? elapsedMs : 0;
      const { isSuccess, requestBytes, responseBytes } = ending;
      const numbers = { isSuccess, durationMs, requestBytes, responseBytes, span };
      for (const series of group.series) series.end?.(numbers);
      for (const series of endingSeries(group, start, ending.fields, attributes)) {
        series.end?.(numbers);
      }
    }

    return {
      finish(ending) {
        if (isFinished) return;
        isFinished = true;
        attempt("The end of an operation is not measured, as its instruments failed", () =>
          end(ending),
        );
      },
    };
  }

  return function begin(start, attributes = {}, span) {
    const started = attempt("An operation is not measured, as its instruments failed", () =>
      startOperation(start, attributes, span ?? trace.getActiveSpan()?.spanContext()),
    );
    return started ?? { finish() {} };
  };
}

function labelled(
  labels: Readonly<Record<string, string>>,
  fields: Fields<string>,
  attributes: Attributes,
): Attributes {
  const result: Attributes = { ...attributes };
  for (const [label, field] of Object.entries(labels)) {
    const value = fields[field];
    if (value !== undefined) result[label] = value;
  }
  return Object.freeze(result);
}
