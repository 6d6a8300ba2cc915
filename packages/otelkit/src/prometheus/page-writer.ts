// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import type { MetricView } from "../store/metric-view.ts";
import type { MetricFamily } from "./metric-families.ts";

/** What a page is written of. */
export interface PageContent {
  readonly families: readonly MetricFamily[];
  /** What the process is; undefined for a page without `target_info`. */
  readonly target: Attributes | undefined;
}

/** Options of every page. */
export interface PageOptions {
  /** Told of what cannot be written. */
  readonly warn: (message: string) => void;
}

/**
 * Writes a page into `chunks`. It stops after each chunk, so that the caller can let others have
 * the process, and never within a series.
 */
export type PageWriter = (content: PageContent, chunks: Uint8Array[]) => Generator<void>;

/** How long a chunk gets: about 0.3 ms of work. */
export const chunkLength = 65_536;

/**
 * Whether a family has a series with these labels already. A page that had both would be refused,
 * or one of them would be lost.
 */
export function isTwin(
  seen: Set<string>,
  { name }: MetricView,
  labels: string,
  warn: PageOptions["warn"],
): boolean {
  const { size } = seen;
  if (seen.add(labels).size > size) return false;
  warn(`A series of '${name}' is not on the page: another one has the labels ${labels}`);
  return true;
}
