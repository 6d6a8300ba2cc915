// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import { OtelkitError } from "../otelkit-error.ts";
import { quoteValue } from "../quote-value.ts";
import type { CellsOf } from "./instruments.ts";

/** Attributes of the series that takes what is over the limit. Source: OpenTelemetry's SDK spec. */
const overflowAttributes: Attributes = Object.freeze({ "otel.metric.overflow": true });

/** Series of one instrument by default, the overflow series included. Source: the same. */
export const defaultCardinalityLimit = 2000;

/**
 * Makes one cell per set of attributes, whatever the order of their keys, and at most `limit` of
 * them for the life of the process. Further ones share the cell of {@link overflowAttributes}:
 * their sums stay right, and memory stays bounded. (The limit of OpenTelemetry's SDK for
 * JavaScript starts anew at every collection.)
 */
export function boundCells<Cell>(
  make: (attributes: Attributes) => Cell,
  limit = defaultCardinalityLimit,
): CellsOf<Cell> {
  const cells = new Map<string, Cell>();

  function cellOf(key: string, attributes: Attributes): Cell {
    let cell = cells.get(key);
    if (cell === undefined) {
      cell = make(attributes);
      cells.set(key, cell);
    }
    return cell;
  }

  return function boundCell(given) {
    const attributes = presentOf(given);
    const key = seriesKey(attributes);
    if (cells.has(key) || cells.size < limit - 1) return cellOf(key, attributes);
    return cellOf(seriesKey(overflowAttributes), overflowAttributes);
  };
}

/** @throws {OtelkitError} with code `invalid_option` when there is no room for a series. */
export function assertCardinalityLimit(action: string, limit: number): void {
  if (Number.isInteger(limit) && limit >= 2) return;
  throw new OtelkitError(
    `Cannot ${action} as 'cardinalityLimit' must be an integer from 2: current value is ${quoteValue(limit)}`,
    { code: "invalid_option" },
  );
}

/** Without those that have no value: readers leave them out, so that two series would look alike. */
function presentOf(attributes: Attributes): Attributes {
  const present = Object.entries(attributes).filter(
    // Null is no value by type, but headers that are not there are null.
    ([, value]) => value !== undefined && value !== null,
  );
  return Object.freeze(Object.fromEntries(present));
}

function seriesKey(attributes: Attributes): string {
  return JSON.stringify(Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1)));
}
