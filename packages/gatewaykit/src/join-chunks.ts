// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** Joins and splits chunks to new ones of a size in bytes, but for the last, which may be smaller. */
export async function* joinChunks(
  content: AsyncIterable<Uint8Array>,
  size: number,
): AsyncGenerator<Uint8Array<ArrayBuffer>> {
  let chunk = new Uint8Array(size);
  let length = 0;
  for await (const bytes of content) {
    for (let at = 0; at < bytes.byteLength; ) {
      const part = bytes.subarray(at, at + size - length);
      chunk.set(part, length);
      at += part.byteLength;
      length += part.byteLength;
      if (length < size) continue;
      yield chunk;
      chunk = new Uint8Array(size);
      length = 0;
    }
  }
  if (length > 0) yield chunk.subarray(0, length);
}
