// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Attributes } from "@opentelemetry/api";
import type { PageFormat } from "./content-negotiation.ts";
import type { MetricFamily } from "./metric-families.ts";

/** What a page is written of. */
export interface PageContent {
  readonly families: readonly MetricFamily[];
  /** What the process is; undefined for a page without `target_info`. */
  readonly target: Attributes | undefined;
}

/** Options of a page that do not depend on the scraper. */
export interface PageOptions {
  /** Whether OpenMetrics has a `_created` series beside each counter and histogram. */
  readonly createdSeries: boolean;
  /** Told of what cannot be written. */
  readonly warn: (message: string) => void;
}

/**
 * Writes a page into `chunks`. It stops after each chunk, so that the caller can let others have
 * the process, and never within a series.
 */
export type PageWriter = (content: PageContent, chunks: Uint8Array[]) => Generator<void>;

/** Makes a writer that remembers labels from page to page. */
export type CreatePageWriter = (format: PageFormat, options: PageOptions) => PageWriter;

/** How long a chunk gets: about 0.3 ms of work. */
export const chunkLength = 65_536;
