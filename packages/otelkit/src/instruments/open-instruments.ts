// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type MeterProvider, metrics } from "@opentelemetry/api";
import { storeOf } from "../store/store-of.ts";
import { boundCells, defaultCardinalityLimit } from "./bounded-cells.ts";
import { type AttributeFilter, filterAttributes } from "./filter-attributes.ts";
import type { Instruments } from "./instruments.ts";
import { createSdkInstruments } from "./sdk-instruments.ts";

/** Options of {@link openInstruments}: those of the same names of whatever measures. */
export interface OpenInstrumentsOptions {
  meterProvider?: MeterProvider;
  meterName?: string;
  attributeFilter?: AttributeFilter;
  cardinalityLimit?: number;
}

/**
 * The instruments of a provider: the store that it carries, or else its meter. Call it when the
 * first measurement comes, as the global provider may not be set before.
 */
export function openInstruments(options: OpenInstrumentsOptions): Instruments {
  const { meterName = "@labwire/otelkit", attributeFilter, cardinalityLimit } = options;
  const provider = options.meterProvider ?? metrics.getMeterProvider();
  const stored = storeOf(provider)?.instruments(meterName);
  const instruments =
    stored === undefined
      ? openSdkInstruments(provider, meterName, cardinalityLimit)
      : // A store has a limit of its own, which is for all that measure.
        limited(stored, cardinalityLimit);
  return attributeFilter === undefined
    ? instruments
    : filterAttributes(instruments, attributeFilter);
}

/** What was made for a provider: all that measure alike share its series and their limit. */
const opened = new WeakMap<MeterProvider, Map<string, Instruments>>();

function openSdkInstruments(
  provider: MeterProvider,
  meterName: string,
  cardinalityLimit = defaultCardinalityLimit,
): Instruments {
  const ofProvider = opened.get(provider) ?? new Map<string, Instruments>();
  opened.set(provider, ofProvider);
  const key = JSON.stringify([meterName, cardinalityLimit]);
  let instruments = ofProvider.get(key);
  if (instruments === undefined) {
    instruments = createSdkInstruments(provider.getMeter(meterName), { cardinalityLimit });
    ofProvider.set(key, instruments);
  }
  return instruments;
}

function limited(instruments: Instruments, limit: number | undefined): Instruments {
  if (limit === undefined) return instruments;
  return {
    counter: (definition) => boundCells(instruments.counter(definition), limit),
    histogram: (definition) => boundCells(instruments.histogram(definition), limit),
  };
}
