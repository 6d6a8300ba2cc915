// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { inspect } from "node:util";
import type { Mismatch } from "./compare.ts";
import type { Finding } from "./shrink.ts";
import { spots } from "./spots.ts";

/** A finding for the reader: what was sent, and what the two have answered to the last of it. */
export function describeFinding(seed: number, { operations, mismatch }: Finding): string {
  const show = (value: unknown) =>
    inspect(value, {
      depth: 12,
      breakLength: 160,
      maxArrayLength: 50,
      maxStringLength: 300,
      compact: 6,
    });
  return [
    `Seed ${seed}:`,
    ...operations.map(
      ({ api, version, by, request }) => `${api} v${version} by ${by} ${show(request)}`,
    ),
    ...spots(mismatch.kafka, mismatch.embedded).map(
      ({ path, kafka, embedded }) =>
        `  ${path || "its answer"}: Apache Kafka ${show(kafka)}, embedded-kafka ${show(embedded)}`,
    ),
  ].join("\n");
}

/** What is the same of differences that have one cause, most often. */
export function placesOf({ operation, kafka, embedded }: Mismatch): string {
  const places = spots(kafka, embedded).map((spot) => {
    const values = [spot.kafka, spot.embedded].map((value) =>
      typeof value === "number" || typeof value === "boolean" ? value : typeof value,
    );
    return `${spot.path} ${values}`;
  });
  return [operation.api, ...new Set(places)].join();
}
