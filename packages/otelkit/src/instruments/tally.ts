// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes, Counter, Meter, UpDownCounter } from "@opentelemetry/api";

/** A number that calls add to, in a few nanoseconds. */
export interface TallyCell {
  add(amount: number): void;
}

/** Makes the cell of one series. */
export type Tally = (counter: Counter | UpDownCounter, attributes: Attributes) => TallyCell;

/**
 * Keeps counts in plain numbers and hands them to the SDK's counters once per collection, since an
 * SDK counter sorts and serialises its attributes on every `add`. What a reader collects is the
 * same. Sums stay right when several interceptors count the same series, which observable
 * counters would overwrite.
 */
export function createTally(meter: Meter): Tally {
  const cells: { flush(): void }[] = [];
  // Never observes anything, so nothing is exported for it: its callback is how the SDK says that
  // a collection begins, and callbacks run before any counter is read.
  const collection = meter.createObservableGauge("labwire.otelkit.collection", {
    description: "Exports nothing: tells when metrics are collected",
  });
  collection.addCallback(() => {
    for (const cell of cells) cell.flush();
  });

  return function createCell(counter, attributes) {
    let pending = 0;
    let isKnown = false;
    cells.push({
      flush() {
        // A zero is told once: a series must exist before its first increase can be seen.
        if (pending === 0 && isKnown) return;
        const amount = pending;
        pending = 0;
        isKnown = true;
        counter.add(amount, attributes);
      },
    });
    return {
      add(amount) {
        pending += amount;
      },
    };
  };
}
