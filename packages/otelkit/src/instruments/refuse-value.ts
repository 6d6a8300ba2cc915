// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { diag } from "@opentelemetry/api";
import type { InstrumentDefinition } from "./instruments.ts";

/** Told of values that cannot be kept. */
export type RefuseValue = (value: number) => void;

/** The least that an instrument takes; what is not finite none does, as it would poison the sum. */
export function leastValue({ kind }: Pick<InstrumentDefinition, "kind">): number {
  return kind === "updowncounter" ? -Number.MAX_VALUE : 0;
}

/** Makes what is told of refused values. It tells `diag` of the first one only. */
export function createRefusal({ name, kind }: InstrumentDefinition): RefuseValue {
  let isTold = false;
  return function refuse(value) {
    if (isTold) return;
    isTold = true;
    diag.warn(
      `@labwire/otelkit: The ${kind} '${name}' does not take ${value}, nor other values like it`,
    );
  };
}
