// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Where an epoch ends: the first offset past it. */
export interface EpochEnd {
  /** -1 when nothing is known of it. */
  readonly leaderEpoch: number;
  /** -1 when nothing is known of it. */
  readonly endOffset: number;
}

/** At which offset each leader's epoch begins (KIP-101). */
export class LeaderEpochs {
  #starts: (readonly [epoch: number, startOffset: number])[];

  constructor(starts: readonly (readonly [epoch: number, startOffset: number])[] = []) {
    this.#starts = [...starts];
  }

  /** Epochs with their first offset, oldest first. */
  get starts(): readonly (readonly [epoch: number, startOffset: number])[] {
    return this.#starts;
  }

  /** The last epoch; -1 when there is none. */
  get latest(): number {
    return this.#starts.at(-1)?.[0] ?? -1;
  }

  /** Notes that an epoch begins at an offset. Returns whether it was not known. */
  begin(epoch: number, startOffset: number): boolean {
    if (epoch <= this.latest) return false;
    // A leader that appended nothing leaves no trace.
    this.#starts = this.#starts.filter(([, start]) => start < startOffset);
    this.#starts.push([epoch, startOffset]);
    return true;
  }

  /** Forgets what is wholly before an offset. */
  deleteBefore(offset: number): void {
    const last = this.#starts.findLastIndex(([, start]) => start <= offset);
    const [epoch] = this.#starts[last] ?? [];
    if (epoch === undefined) return;
    this.#starts.splice(0, last + 1, [epoch, offset]);
  }

  /**
   * The largest epoch up to the one asked for, and where it ends, which is how a client finds out
   * whether it was on another branch of the log (KIP-320).
   */
  endOf(epoch: number, endOffset: number): EpochEnd {
    if (epoch === this.latest) return { leaderEpoch: epoch, endOffset };
    const next = this.#starts.find(([each]) => each > epoch);
    if (!next || epoch < 0) return { leaderEpoch: -1, endOffset: -1 };
    const own = this.#starts.findLast(([each]) => each <= epoch);
    return { leaderEpoch: own?.[0] ?? epoch, endOffset: next[1] };
  }
}
