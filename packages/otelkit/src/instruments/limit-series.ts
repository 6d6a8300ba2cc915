// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { boundCells } from "./bounded-cells.ts";
import type { Instruments } from "./instruments.ts";

/** Instruments with at most so many series each, the overflow series included. */
export function limitSeries(instruments: Instruments, limit: number): Instruments {
  return {
    counter: (definition) => boundCells(instruments.counter(definition), limit),
    histogram: (definition) => boundCells(instruments.histogram(definition), limit),
  };
}
