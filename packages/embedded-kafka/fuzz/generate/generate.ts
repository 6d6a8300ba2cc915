// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Operation } from "../operation.ts";
import { Dice, type Generator } from "./dice.ts";
import { classicGroupOperations, consumerGroupOperations } from "./groups.ts";
import { recordOperations } from "./records.ts";
import { createAll, topicOperations } from "./topics.ts";
import { transactionOperations } from "./transactions.ts";

/** What sequences are made of: most of them of one kind, so that its states are reached. */
const themes: readonly (readonly Generator[])[] = [
  topicOperations,
  recordOperations,
  classicGroupOperations,
  consumerGroupOperations,
  transactionOperations,
];
const everything = themes.flat();

/** A sequence of operations: the same for the same seed. */
export function generate(seed: number): Operation[] {
  const dice = new Dice(seed);
  const theme = dice.pick(themes);
  const length = 10 + dice.below(30);
  const operations = [createAll(dice)];
  while (operations.length < length) {
    operations.push(dice.pick(dice.chance(0.85) ? theme : everything)(dice));
  }
  return operations;
}
