// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { huffmanLengths, staticTable } from "./hpack-tables.ts";

type Field = readonly [name: string, value: string];

/** Header fields by their lower-case names; what comes more than once is joined by a comma. */
export type Fields = ReadonlyMap<string, string>;

/** Reads the header blocks of one direction of an HTTP/2 connection, in the order they pass. */
export interface HpackDecoder {
  /** @throws when the block is malformed: then nothing of this connection can be read any more. */
  decode(block: Buffer): Fields;
}

/** Makes a decoder for HPACK, https://www.rfc-editor.org/rfc/rfc7541. */
export function createHpackDecoder(): HpackDecoder {
  const dynamicTable: Field[] = [];
  let maxSize = 4096;

  function fieldAt(index: number): Field {
    const field =
      index <= staticTable.length
        ? staticTable[index - 1]
        : dynamicTable[index - staticTable.length - 1];
    if (field === undefined) throw new Error(`Cannot read header block: no field ${index}`);
    return field;
  }

  /** Evicts the oldest fields. A field takes 32 bytes more than its text (section 4.1). */
  function fit(): void {
    let size = 0;
    const kept = dynamicTable.findIndex(([name, value]) => {
      size += name.length + value.length + 32;
      return size > maxSize;
    });
    if (kept >= 0) dynamicTable.length = kept;
  }

  return {
    decode(block) {
      const fields = new Map<string, string>();
      const reader = createReader(block);
      while (!reader.isAtEnd()) {
        const first = reader.peek();
        if ((first & 0xe0) === 0x20) {
          maxSize = reader.integer(5);
          fit();
          continue;
        }
        let field: Field;
        if (first & 0x80) {
          field = fieldAt(reader.integer(7));
        } else {
          const isIndexed = (first & 0x40) !== 0;
          const index = reader.integer(isIndexed ? 6 : 4);
          const name = index === 0 ? reader.string() : fieldAt(index)[0];
          field = [name, reader.string()];
          if (isIndexed) {
            dynamicTable.unshift(field);
            fit();
          }
        }
        const [name, value] = field;
        const earlier = fields.get(name);
        fields.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
      }
      return fields;
    },
  };
}

function createReader(block: Buffer) {
  let offset = 0;

  function byte(): number {
    const value = block[offset++];
    if (value === undefined) throw new Error("Cannot read header block: it ends too early");
    return value;
  }

  /** An integer whose first byte has so many bits for it (section 5.1). */
  function integer(bits: number): number {
    const limit = 2 ** bits - 1;
    let value = byte() & limit;
    if (value < limit) return value;
    let factor = 1;
    let next: number;
    do {
      next = byte();
      value += (next & 0x7f) * factor;
      factor *= 128;
    } while (next & 0x80);
    return value;
  }

  return {
    isAtEnd: () => offset >= block.length,
    peek: () => block[offset] ?? 0,
    integer,
    string(): string {
      const isHuffman = (block[offset] ?? 0) & 0x80;
      const length = integer(7);
      const bytes = block.subarray(offset, offset + length);
      offset += length;
      return isHuffman ? decodeHuffman(bytes) : bytes.toString("latin1");
    },
  };
}

/** Bytes by their code, written as `length:code`. */
const huffmanCodes: ReadonlyMap<string, number> = canonicalCodes();

function canonicalCodes(): Map<string, number> {
  const codes = new Map<string, number>();
  let code = 0;
  for (let length = 1; length <= 30; length++) {
    code *= 2;
    for (const [byte, itsLength] of huffmanLengths.entries()) {
      if (itsLength === length) codes.set(`${length}:${code++}`, byte);
    }
  }
  return codes;
}

function decodeHuffman(bytes: Buffer): string {
  let text = "";
  let code = 0;
  let length = 0;
  for (const byte of bytes) {
    for (let bit = 7; bit >= 0; bit--) {
      code = code * 2 + ((byte >> bit) & 1);
      length++;
      const symbol = huffmanCodes.get(`${length}:${code}`);
      if (symbol === undefined) continue;
      text += String.fromCharCode(symbol);
      code = 0;
      length = 0;
    }
  }
  // What is left are the ones that fill up the last byte.
  return text;
}
