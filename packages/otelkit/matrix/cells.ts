// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type Kind, kinds } from "./kinds.ts";
import type { Outcome } from "./outcome.ts";
import { answers } from "./outcomes/answers.ts";
import { departures } from "./outcomes/departures.ts";
import { refusals } from "./outcomes/refusals.ts";
import { strangeAnswers } from "./outcomes/strange-answers.ts";
import type { Cell } from "./run-cell.ts";
import { type Wire, wires } from "./wires.ts";

export const outcomes: readonly Outcome[] = [
  ...answers,
  ...departures,
  ...refusals,
  ...strangeAnswers,
];

/** A combination that there cannot be. */
export interface MissingCell extends Cell {
  reason: string;
}

/** Every combination of the matrix, those that there cannot be apart. */
export function listCells(): { cells: Cell[]; missing: MissingCell[] } {
  const cells: Cell[] = [];
  const missing: MissingCell[] = [];
  for (const wire of wires) {
    for (const kind of kinds) {
      for (const outcome of outcomes) {
        const cell = { wire, kind, outcome };
        const reason = whyMissing(cell);
        if (reason === undefined) cells.push(cell);
        else missing.push({ ...cell, reason });
      }
    }
  }
  return { cells, missing };
}

function whyMissing({ wire, kind, outcome }: Cell): string | undefined {
  const reason = outcome.missing?.(wire, kind);
  if (reason !== undefined) return reason;
  if (wire.createTransport === undefined && outcome.isRaw !== true) {
    return `there is no client of ${wire.name}`;
  }
  return isNeverServed(wire, kind) && outcome.isForAnyVersion !== true
    ? "a bidi call over HTTP/1.1 is answered 505, whatever it is"
    : undefined;
}

const isNeverServed = ({ version }: Wire, kind: Kind) => kind === "bidi" && version === "1.1";
