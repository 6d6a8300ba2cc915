// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Operation } from "../operation.ts";
import { type ChainGenerator, Dice, type Generator } from "./dice.ts";
import { classicGroupChains, classicGroupOperations, consumerGroupOperations } from "./groups.ts";
import { recordOperations } from "./records.ts";
import { createAll, topicOperations } from "./topics.ts";
import { initAll, transactionChains, transactionOperations } from "./transactions.ts";

/** What sequences are about: most of them one thing, so that its states are reached. */
interface Theme {
  readonly operations: readonly Generator[];
  readonly chains: readonly ChainGenerator[];
  /** What comes first, after topics have been made. */
  readonly begin?: ChainGenerator;
}

const themes: readonly Theme[] = [
  { operations: topicOperations, chains: [] },
  { operations: recordOperations, chains: [] },
  { operations: classicGroupOperations, chains: classicGroupChains },
  { operations: consumerGroupOperations, chains: [] },
  { operations: transactionOperations, chains: transactionChains, begin: initAll },
];
const everything = themes.flatMap(({ operations }) => operations);

/** A sequence of operations: the same for the same seed. */
export function generate(seed: number): Operation[] {
  const dice = new Dice(seed);
  const { operations, chains, begin } = dice.pick(themes);
  const length = 10 + dice.below(30);
  const sequence = [createAll(dice), ...(begin?.(dice) ?? [])];
  while (sequence.length < length) {
    if (chains.length > 0 && dice.chance(0.3)) sequence.push(...dice.pick(chains)(dice));
    else sequence.push(dice.pick(dice.chance(0.85) ? operations : everything)(dice));
  }
  return sequence;
}
