// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** So many batches share one entry of the index by time. */
const blockLength = 64;

/**
 * Where the batches of a segment lie: 8 bytes for each, and 8 for the largest time of every 64 of
 * them. It finds a batch without a look at the file.
 */
export class BatchIndex {
  readonly #baseOffset: number;
  #offsets: Uint32Array<ArrayBuffer>;
  #positions: Uint32Array<ArrayBuffer>;
  #maxTimestamps: Float64Array<ArrayBuffer>;
  #length: number;

  /** Starts empty, or with what {@link encode} made of an index. */
  constructor(baseOffset: number, encoded: Buffer = Buffer.alloc(0), length = 0) {
    this.#baseOffset = baseOffset;
    this.#length = length;
    const blocks = Math.ceil(length / blockLength);
    const copy = new Uint8Array(encoded).buffer;
    const isEmpty = length === 0;
    this.#maxTimestamps = isEmpty ? new Float64Array(1) : new Float64Array(copy, 0, blocks);
    this.#offsets = isEmpty ? new Uint32Array(4) : new Uint32Array(copy, 8 * blocks, length);
    this.#positions = isEmpty
      ? new Uint32Array(4)
      : new Uint32Array(copy, 8 * blocks + 4 * length, length);
  }

  /** Number of batches. */
  get length(): number {
    return this.#length;
  }

  /** Adds the batch that follows all others. */
  push(baseOffset: number, position: number, maxTimestamp: number): void {
    const length = this.#length;
    if (length === this.#offsets.length) {
      this.#offsets = grown(this.#offsets, new Uint32Array(2 * length));
      this.#positions = grown(this.#positions, new Uint32Array(2 * length));
    }
    const block = Math.floor(length / blockLength);
    if (block === this.#maxTimestamps.length) {
      this.#maxTimestamps = grown(this.#maxTimestamps, new Float64Array(2 * block));
    }
    const isFirst = length % blockLength === 0;
    const before = isFirst ? Number.NEGATIVE_INFINITY : (this.#maxTimestamps[block] as number);
    this.#maxTimestamps[block] = Math.max(before, maxTimestamp);
    this.#offsets[length] = baseOffset - this.#baseOffset;
    this.#positions[length] = position;
    this.#length++;
  }

  /** Byte at which a batch starts; undefined past the last batch. */
  position(index: number): number | undefined {
    return index < this.#length ? this.#positions[index] : undefined;
  }

  /** Base offset of a batch; undefined past the last batch. */
  offset(index: number): number | undefined {
    return index < this.#length ? (this.#offsets[index] as number) + this.#baseOffset : undefined;
  }

  /** The last batch whose base offset is not past the offset; -1 when there is none. */
  byOffset(offset: number): number {
    return lastUpTo(this.#offsets, this.#length, offset - this.#baseOffset);
  }

  /** The last batch that starts at or before the position; -1 when there is none. */
  byPosition(position: number): number {
    return lastUpTo(this.#positions, this.#length, position);
  }

  /** Batches among which are all those with a record at or after the time, in their order. */
  *byTimestamp(timestamp: number): Iterable<number> {
    for (let block = 0; block * blockLength < this.#length; block++) {
      if ((this.#maxTimestamps[block] as number) < timestamp) continue;
      const first = block * blockLength;
      const end = Math.min(first + blockLength, this.#length);
      for (let index = first; index < end; index++) yield index;
    }
  }

  /** The index as bytes, in the byte order of the machine. */
  encode(): Buffer {
    const blocks = Math.ceil(this.#length / blockLength);
    const parts = [
      this.#maxTimestamps.subarray(0, blocks),
      this.#offsets.subarray(0, this.#length),
      this.#positions.subarray(0, this.#length),
    ];
    return Buffer.concat(
      parts.map(({ buffer, byteOffset, byteLength }) =>
        Buffer.from(buffer, byteOffset, byteLength),
      ),
    );
  }
}

function grown<T extends Uint32Array | Float64Array>(values: T, larger: T): T {
  larger.set(values);
  return larger;
}

function lastUpTo(values: Uint32Array, length: number, limit: number): number {
  let low = 0;
  let high = length;
  // Most readers are at the end.
  if (length > 0 && (values[length - 1] as number) <= limit) return length - 1;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((values[middle] as number) <= limit) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
