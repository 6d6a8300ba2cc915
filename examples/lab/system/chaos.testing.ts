// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { setTimeout as sleep } from "node:timers/promises";
import { shuffled } from "./random.testing.ts";

/** Something that can be killed, and comes back. */
export interface Victim {
  readonly name: string;
  /** Kills it, and resolves when it works again. `downMs` is how long it stays away at least. */
  killAndRevive(downMs: number): Promise<void>;
}

/** One kill, for the report. */
export interface Kill {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** From the kill until it worked again. */
  readonly recoveryMs: number;
}

export interface ChaosOptions {
  /** How often each is killed; the order is random in every round. */
  readonly rounds: number;
  readonly random: () => number;
  /** Longest pause between two kills; they are random too. */
  readonly maxPauseMs: number;
  /** Longest time that one stays away. */
  readonly maxDownMs: number;
}

/** Kills all victims at random, again and again; resolves when the last one works again. */
export async function wreakHavoc(
  victims: readonly Victim[],
  options: ChaosOptions,
): Promise<Kill[]> {
  const { rounds, random, maxPauseMs, maxDownMs } = options;
  const kills: Kill[] = [];
  const reviving: Promise<void>[] = [];
  // Nobody is killed before it has come back: that would be one outage, not two.
  const busy = new Map<string, Promise<void>>();
  for (let round = 0; round < rounds; round++) {
    for (const victim of shuffled(victims, random)) {
      await sleep(random() * maxPauseMs);
      await busy.get(victim.name);
      const at = Date.now();
      const revived = victim.killAndRevive(random() * maxDownMs).then(() => {
        kills.push({ name: victim.name, at, recoveryMs: Date.now() - at });
      });
      revived.catch(() => {});
      busy.set(victim.name, revived);
      reviving.push(revived);
    }
  }
  await Promise.all(reviving);
  return kills;
}

/** Kills by name: how many, and how long each took to work again. */
export function describeKills(kills: readonly Kill[]): string[] {
  const byName = Map.groupBy(kills, ({ name }) => name);
  return [...byName].map(([name, its]) => {
    const times = its.map(({ recoveryMs }) => `${(recoveryMs / 1000).toFixed(1)} s`);
    return `${name}: killed ${its.length} times, back after ${times.join(", ")}`;
  });
}

/**
 * For every kill, how long it took until an upload that began after it was acknowledged: what users
 * feel of it. Answers the median and the longest, in milliseconds.
 */
export function uploadGaps(
  kills: readonly Kill[],
  acknowledged: readonly { readonly began: number; readonly ended: number }[],
): { medianMs: number; longestMs: number } {
  const gaps = kills.map(({ at }) => {
    const next = acknowledged.filter(({ began }) => began >= at).map(({ ended }) => ended - at);
    return Math.min(...next);
  });
  const sorted = gaps.filter(Number.isFinite).sort((a, b) => a - b);
  return { medianMs: sorted[Math.floor(sorted.length / 2)] ?? 0, longestMs: sorted.at(-1) ?? 0 };
}
