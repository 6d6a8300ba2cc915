// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Reader } from "./reader.ts";
import type { Decoded, Encodable, Struct } from "./schema.ts";
import { structReader } from "./struct-reader.ts";
import { structWriter } from "./struct-writer.ts";
import type { Writer } from "./writer.ts";

/**
 * Reads a message of the given version. Tagged fields that the table does not know are passed by.
 * Bytes of the message share memory with what is read.
 *
 * @throws {MalformedError} when the bytes do not have the version's layout
 */
export function decode<S extends Struct>(
  reader: Reader,
  struct: S,
  version: number,
  flexible: boolean,
): Decoded<S> {
  return readerOf(struct, version, flexible)(reader) as Decoded<S>;
}

/**
 * Writes a message of the given version; fields that the version lacks are left out.
 *
 * @throws {TypeError} when a field is null that must not be in that version
 */
export function encode<S extends Struct>(
  writer: Writer,
  struct: S,
  version: number,
  flexible: boolean,
  message: Encodable<S>,
): void {
  writerOf(struct, version, flexible)(writer, message as Record<string, unknown>);
}

const readerOf = remembered(structReader);
const writerOf = remembered(structWriter);

/** Makes what it makes once for each version of a struct. */
function remembered<T>(make: (struct: Struct, version: number, flexible: boolean) => T) {
  const made = new WeakMap<Struct, T[]>();
  return (struct: Struct, version: number, flexible: boolean): T => {
    let ofVersions = made.get(struct);
    if (!ofVersions) {
      ofVersions = [];
      made.set(struct, ofVersions);
    }
    const at = 2 * version + (flexible ? 1 : 0);
    ofVersions[at] ??= make(struct, version, flexible);
    return ofVersions[at];
  };
}
