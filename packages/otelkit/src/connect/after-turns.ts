// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Runs something so many turns of the event loop later. */
export function afterTurns(turns: number, run: () => void): void {
  if (turns === 0) run();
  else nextTurn(() => afterTurns(turns - 1, run));
}

/** Looked up at each use: not every runtime has it, and tests replace it. */
function nextTurn(run: () => void): void {
  if (typeof setImmediate === "function") setImmediate(run);
  else setTimeout(run, 0);
}
