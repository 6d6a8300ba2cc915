// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ApiId, apis } from "../../src/protocol/apis.ts";
import { seededRandom } from "../../src/protocol/random-message.testing.ts";
import type { Operation } from "../operation.ts";

/** What sequences are about; each knows these few things, so that operations meet. */
export const topics = ["~t0", "~t1", "~t2"] as const;
export const groups = ["~g0", "~g1"] as const;
export const transactionalIds = ["~x0", "~x1"] as const;

/** Makes one operation of its kind. */
export type Generator = (dice: Dice) => Operation;
/** Makes operations that belong together, as a client that does something sends them. */
export type ChainGenerator = (dice: Dice) => readonly Operation[];

/** Chance, the same for the same seed, with what generators need of it. */
export class Dice {
  readonly random: () => number;

  constructor(seed: number) {
    this.random = seededRandom(seed);
    // Seeds that are close to each other give numbers that are not, from the second on.
    this.random();
  }

  chance(probability: number): boolean {
    return this.random() < probability;
  }

  /** From 0 to below `end`. */
  below(end: number): number {
    return Math.floor(this.random() * end);
  }

  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }

  /** What makes sense, but for one time in twenty-five. */
  mostly<T, W>(sensible: T, wrong: readonly W[]): T | W {
    return this.chance(1 / 25) ? this.pick(wrong) : sensible;
  }

  /** Some of them, at least one. */
  some<T>(items: readonly T[]): T[] {
    const chosen = items.filter(() => this.chance(0.4));
    return chosen.length > 0 ? chosen : [this.pick(items)];
  }

  /** Most often the newest version, or any. */
  version(api: ApiId, from = 0): number {
    const [first, last] = apis[api].served;
    const least = Math.max(first, from);
    return this.chance(0.3) ? last : least + this.below(last - least + 1);
  }

  topic(): string {
    return this.mostly(this.pick(topics), ["~unknown", "", "~a b"]);
  }

  /** Several topics, none of them twice. */
  topics(): string[] {
    return [...new Set(this.some(topics).map((name) => this.mostly(name, ["~unknown"])))];
  }

  partition(): number {
    return this.mostly(this.chance(0.85) ? 0 : this.below(2), [-1, 7, 2 ** 31 - 1]);
  }

  group(): string {
    return this.mostly(this.pick(groups), ["", "~unknown"]);
  }
}

/** Some of the operations, in their order: most often all. */
export function chain(dice: Dice, ...operations: readonly Operation[]): Operation[] {
  return operations.filter(() => dice.chance(0.9));
}

/** An operation, sent by the connection that all share unless it says otherwise. */
export function operation(
  api: ApiId,
  version: number,
  request: Record<string, unknown>,
  more: { by?: string; learner?: string } = {},
): Operation {
  return { api, version, by: "main", request, ...more };
}
