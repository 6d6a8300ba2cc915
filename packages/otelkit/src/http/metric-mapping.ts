// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { OtelkitError } from "../otelkit-error.ts";

/**
 * What a metric tells of operations, be they requests, queries or runs of a job:
 * - `started`: counter, moves when one begins;
 * - `active`: up-down counter of those that are under way;
 * - `finished`, `succeeded`, `failed`: counters, move when one ends;
 * - `duration`: histogram; in milliseconds when its unit is `ms`, else in seconds;
 * - `lastSuccess`: gauge, when one last succeeded, in seconds since 1970.
 */
export type OperationMeasure =
  | "started"
  | "active"
  | "finished"
  | "succeeded"
  | "failed"
  | "duration"
  | "lastSuccess";

/** As {@link OperationMeasure}; and the bytes of bodies on the wire, as histograms. */
export type HttpServerMeasure = OperationMeasure | "requestBytes" | "responseBytes";

/**
 * One metric as data: which number it has, what it is called and which labels it has. A preset is
 * an array of these; write your own for names that your dashboards have already.
 */
export interface MetricMapping<Measure extends string, Field extends string> {
  readonly measure: Measure;
  /** Name of the instrument. Exporters may add a suffix for the unit, and `_total` to counters. */
  readonly name: string;
  /**
   * UCUM unit. Default `s` for durations and times, `By` for bytes, none for counts. The empty
   * string leaves a duration in seconds without telling exporters, for names without a suffix.
   */
  readonly unit?: string;
  /** What the metric tells people. Default nothing. */
  readonly description?: string;
  /** Upper bounds of a histogram's buckets, ascending, in its unit. Default the SDK's. */
  readonly boundaries?: readonly number[];
  /** The field that each label shows. A field that is not known makes no label. */
  readonly labels: Readonly<Record<string, Field>>;
}

/** Whether a metric moves when an operation begins, so that its labels must be known by then. */
export function isStartMeasure(measure: string): boolean {
  return measure === "started" || measure === "active";
}

const histogramMeasures: readonly string[] = ["duration", "requestBytes", "responseBytes"];

/**
 * Checks what the compiler cannot.
 *
 * @throws {OtelkitError} with code `invalid_option`, naming the metric.
 */
export function assertMappings<Field extends string>(
  mappings: readonly MetricMapping<string, Field>[],
  startFields: readonly Field[],
): void {
  if (mappings.length === 0) throw invalidMetrics("none");
  const names = new Set<string>();
  for (const { measure, name, labels, boundaries = [] } of mappings) {
    if (names.has(name)) throw invalidMetrics(`'${name}' twice`);
    names.add(name);
    const late = Object.values(labels).find((field) => !startFields.includes(field));
    if (isStartMeasure(measure) && late !== undefined) {
      throw invalidMetrics(`'${name}', which has '${late}' before it is known`);
    }
    const isAscending = boundaries.every((bound, i) => i === 0 || bound > (boundaries[i - 1] ?? 0));
    if (!isAscending || !boundaries.every(Number.isFinite)) {
      throw invalidMetrics(`'${name}', whose boundaries [${boundaries}] are not ascending numbers`);
    }
    if (boundaries.length > 0 && !histogramMeasures.includes(measure)) {
      throw invalidMetrics(`'${name}', which has boundaries but is no histogram`);
    }
  }
}

function invalidMetrics(current: string): OtelkitError {
  return new OtelkitError(
    `Cannot measure as 'metrics' must be mappings that fit each other: current value has ${current}`,
    { code: "invalid_option" },
  );
}
