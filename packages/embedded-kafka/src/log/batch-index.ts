// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Where the batches of a log lie: three numbers for each, and nothing of what is in them. */
export class BatchIndex {
  #offsets = new Float64Array(16);
  #positions = new Float64Array(16);
  #maxTimestamps = new Float64Array(16);
  #length = 0;

  /** Number of batches. */
  get length(): number {
    return this.#length;
  }

  /** Adds the batch that follows all others. */
  push(baseOffset: number, position: number, maxTimestamp: number): void {
    if (this.#length === this.#offsets.length) {
      this.#offsets = grown(this.#offsets);
      this.#positions = grown(this.#positions);
      this.#maxTimestamps = grown(this.#maxTimestamps);
    }
    this.#offsets[this.#length] = baseOffset;
    this.#positions[this.#length] = position;
    this.#maxTimestamps[this.#length] = maxTimestamp;
    this.#length++;
  }

  /** Byte at which a batch starts; undefined past the last batch. */
  position(index: number): number | undefined {
    return index < this.#length ? this.#positions[index] : undefined;
  }

  /** The last batch whose base offset is not past the offset; -1 when there is none. */
  byOffset(offset: number): number {
    return lastUpTo(this.#offsets, this.#length, offset);
  }

  /** The last batch, from `from` on, that starts at or before the position; -1 when there is none. */
  byPosition(position: number): number {
    return lastUpTo(this.#positions, this.#length, position);
  }

  /** The first batch with a record at or after the time; -1 when there is none. */
  byTimestamp(timestamp: number): number {
    // Times come from producers and need not rise, so there is nothing to bisect.
    for (let index = 0; index < this.#length; index++) {
      if ((this.#maxTimestamps[index] as number) >= timestamp) return index;
    }
    return -1;
  }
}

function grown(values: Float64Array<ArrayBuffer>): Float64Array<ArrayBuffer> {
  const larger = new Float64Array(2 * values.length);
  larger.set(values);
  return larger;
}

function lastUpTo(values: Float64Array, length: number, limit: number): number {
  let low = 0;
  let high = length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
