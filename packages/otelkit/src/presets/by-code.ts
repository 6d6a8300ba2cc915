// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Code } from "@connectrpc/connect";

/** Makes the cell of a code when the first call ends with it, and finds it from then on. */
export function byCode<Cell>(
  make: (code: Code | undefined) => Cell,
): (code: Code | undefined) => Cell {
  const cells = new Map<Code | undefined, Cell>();
  return function cellOf(code) {
    let cell = cells.get(code);
    if (cell === undefined) {
      cell = make(code);
      cells.set(code, cell);
    }
    return cell;
  };
}
