// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import type { CountCell } from "../instruments/instruments.ts";
import type { RefuseValue } from "../instruments/refuse-value.ts";
import type { NumberView } from "./metric-view.ts";

/** A series of a counter or of an up-down counter. */
export class NumberCell implements CountCell, NumberView {
  readonly attributes: Attributes;
  readonly startTimeMs: number;
  value = 0;
  readonly #least: number;
  readonly #refuse: RefuseValue;

  constructor(attributes: Attributes, startTimeMs: number, least: number, refuse: RefuseValue) {
    this.attributes = attributes;
    this.startTimeMs = startTimeMs;
    this.#least = least;
    this.#refuse = refuse;
  }

  add(amount: number): void {
    // Written so that NaN is refused as well.
    if (amount >= this.#least && amount <= Number.MAX_VALUE) this.value += amount;
    else this.#refuse(amount);
  }
}
