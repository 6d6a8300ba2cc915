// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, vi } from "vitest";
import type { DashboardQuery } from "./dashboards.ts";
import type { Series } from "./query-prometheus.ts";

/** Each must answer at least one number, within the time that scrapes and windows take. */
export async function expectAnswers(
  queries: readonly DashboardQuery[],
  ask: (expression: string) => Promise<Series[]>,
): Promise<void> {
  expect(queries).not.toEqual([]);
  let empty = queries;
  await vi.waitFor(
    async () => {
      const answers = await Promise.all(
        empty.map(async (query) => ({ query, series: await ask(query.expression) })),
      );
      empty = answers
        .filter(({ series }) => !series.some(({ value }) => Number.isFinite(value)))
        .map(({ query }) => query);
      expect(empty, "queries without data").toEqual([]);
    },
    { timeout: 40_000, interval: 1000 },
  );
}
