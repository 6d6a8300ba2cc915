// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, AttributeValue } from "@opentelemetry/api";
import { reportFault } from "../report-fault.ts";
import type { CellsOf, Instruments } from "./instruments.ts";

/** Decides whether an attribute becomes a label. */
export type AttributeFilter = (name: string, value: AttributeValue) => boolean;

/** Instruments whose series lack the attributes that the filter refuses. */
export function filterAttributes(instruments: Instruments, filter: AttributeFilter): Instruments {
  function filtered<Cell>(cells: CellsOf<Cell>): CellsOf<Cell> {
    return (attributes) => cells(pickAttributes(attributes, filter));
  }
  return {
    counter: (definition) => filtered(instruments.counter(definition)),
    histogram: (definition) => filtered(instruments.histogram(definition)),
  };
}

/** Those that the filter takes. One that it throws at is left out, as it may be a secret. */
export function pickAttributes(attributes: Attributes, filter: AttributeFilter): Attributes {
  const picked: Attributes = {};
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined && takes(filter, name, value)) picked[name] = value;
  }
  return Object.freeze(picked);
}

function takes(filter: AttributeFilter, name: string, value: AttributeValue): boolean {
  try {
    return filter(name, value);
  } catch (error) {
    reportFault(`The option 'attributeFilter' failed at '${name}'`, error);
    return false;
  }
}
