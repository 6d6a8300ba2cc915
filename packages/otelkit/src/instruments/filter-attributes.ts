// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, AttributeValue } from "@opentelemetry/api";
import type { CellsOf, Instruments } from "./instruments.ts";

/** Decides whether an attribute becomes a label. */
export type AttributeFilter = (name: string, value: AttributeValue) => boolean;

/** Instruments whose series lack the attributes that the filter refuses. */
export function filterAttributes(instruments: Instruments, filter: AttributeFilter): Instruments {
  function filtered<Cell>(cells: CellsOf<Cell>): CellsOf<Cell> {
    return (attributes) => cells(pick(attributes, filter));
  }
  return {
    counter: (definition) => filtered(instruments.counter(definition)),
    histogram: (definition) => filtered(instruments.histogram(definition)),
  };
}

function pick(attributes: Attributes, filter: AttributeFilter): Attributes {
  const kept = Object.entries(attributes).filter(
    ([name, value]) => value !== undefined && filter(name, value),
  );
  return Object.freeze(Object.fromEntries(kept));
}
