// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A clock that stands still until a test moves it. A call reads it twice: at start and finish. */
export class TestClock {
  ms = 1000;
  #reads = 0;
  #waiting: { reads: number; wake: () => void }[] = [];

  readonly now = (): number => {
    this.#reads++;
    for (const { reads, wake } of this.#waiting) {
      if (reads <= this.#reads) wake();
    }
    return this.ms;
  };

  get finishedCalls(): number {
    return Math.floor(this.#reads / 2);
  }

  /** Resolves when so many calls, one after the other, are finished. */
  finished(calls: number): Promise<void> {
    if (this.finishedCalls >= calls) return Promise.resolve();
    return new Promise((wake) => {
      this.#waiting.push({ reads: calls * 2, wake });
    });
  }
}
