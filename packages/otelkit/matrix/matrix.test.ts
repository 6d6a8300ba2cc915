// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { listCells, outcomes } from "./cells.ts";
import type { Layers } from "./instrumentation.ts";
import { kinds } from "./kinds.ts";
import { type Cell, runCell } from "./run-cell.ts";
import { wires } from "./wires.ts";

const { cells, missing } = listCells();
const groups = Object.entries(
  Object.groupBy(cells, ({ wire, kind }) => `${wire.name}, ${kind}`),
) as [string, Cell[]][];

/** Longer than a cell's own patience, which tells more of what was waited for. */
const timeoutMs = 90_000;

beforeAll(() => {
  // connect-node tells there of every connection that breaks under a handler.
  vi.spyOn(console, "error").mockReturnValue(undefined);
});
afterAll(() => {
  vi.restoreAllMocks();
});

describe.each<Layers>(["both", "routes", "interceptors"])("measured by %s", (layers) => {
  describe.each(groups)("%s", (_name, members) => {
    test.each(members)("$outcome.name", (cell) => runCell(cell, layers), timeoutMs);
  });
});

test("listCells() names every combination of the matrix, or says why there is none", () => {
  expect(cells.length + missing.length).toBe(wires.length * kinds.length * outcomes.length);
  const reasons = Object.groupBy(missing, ({ reason }) => reason);
  const counts = Object.entries(reasons).map(([reason, all]) => `${all?.length}: ${reason}`);
  expect(counts.sort()).toMatchInlineSnapshot(`
    [
      "108: the handler sends exactly one message",
      "153: a bidi call over HTTP/1.1 is answered 505, whatever it is",
      "21: only bidi needs HTTP/2",
      "22: only Connect's unary calls can be GET requests",
      "245: there is no client of gRPC over HTTP/1.1",
      "24: streams may have any number of requests",
      "24: streams may have any number of responses",
      "2: in a unary call of Connect the HTTP status is the status",
      "4: in a unary call of Connect all of the body is one message",
      "4: in a unary call of Connect an empty body is an empty message",
      "4: in a unary call of Connect the body has no length of its own",
      "96: the caller sends exactly one message",
    ]
  `);
});
