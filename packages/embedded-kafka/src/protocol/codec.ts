// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { isDeepStrictEqual } from "node:util";
import { MalformedError, Reader } from "./reader.ts";
import type { Decoded, Encodable, Field, Struct } from "./schema.ts";
import { Writer } from "./writer.ts";

/** What one version of a struct consists of. Worked out once, since requests repeat. */
interface Layout {
  readonly plain: readonly [string, Field][];
  readonly tagged: ReadonlyMap<number, [string, Field]>;
  readonly absent: readonly [string, Field][];
}

const layouts = new WeakMap<Struct, Layout[]>();

function layoutOf(struct: Struct, version: number): Layout {
  let ofVersions = layouts.get(struct);
  if (!ofVersions) {
    ofVersions = [];
    layouts.set(struct, ofVersions);
  }
  const known = ofVersions[version];
  if (known) return known;
  const has = (field: Field) => version >= field.since && version <= field.until;
  const entries = Object.entries(struct);
  const layout: Layout = {
    plain: entries.filter(([, field]) => has(field) && field.tag === undefined),
    tagged: new Map(
      entries.flatMap((entry) => {
        const { tag } = entry[1];
        return has(entry[1]) && tag !== undefined ? [[tag, entry] as const] : [];
      }),
    ),
    absent: entries.filter(([, field]) => !has(field) || field.tag !== undefined),
  };
  ofVersions[version] = layout;
  return layout;
}

/**
 * Reads a message of the given version. Tagged fields that the table does not know are passed by.
 *
 * @throws {MalformedError} when the bytes do not have the version's layout
 */
export function decode<S extends Struct>(
  reader: Reader,
  struct: S,
  version: number,
  flexible: boolean,
): Decoded<S> {
  return readStruct(reader, struct, version, flexible) as Decoded<S>;
}

/** Writes a message of the given version; fields that the version lacks are left out. */
export function encode<S extends Struct>(
  writer: Writer,
  struct: S,
  version: number,
  flexible: boolean,
  message: Encodable<S>,
): void {
  writeStruct(writer, struct, version, flexible, message as Record<string, unknown>);
}

function readStruct(reader: Reader, struct: Struct, version: number, flexible: boolean) {
  const layout = layoutOf(struct, version);
  const message: Record<string, unknown> = {};
  for (const [name, field] of layout.plain) {
    message[name] = readValue(reader, field, version, flexible);
  }
  for (const [name, field] of layout.absent) message[name] = field.defaultValue;
  if (!flexible) return message;
  for (let count = reader.varint(); count > 0; count--) {
    const tag = reader.varint();
    const value = reader.bytes(reader.varint());
    const known = layout.tagged.get(tag);
    if (known) message[known[0]] = readValue(new Reader(value), known[1], version, flexible);
  }
  return message;
}

function writeStruct(
  writer: Writer,
  struct: Struct,
  version: number,
  flexible: boolean,
  message: Record<string, unknown>,
): void {
  const layout = layoutOf(struct, version);
  for (const [name, field] of layout.plain) {
    const value = message[name];
    writeValue(writer, field, version, flexible, value === undefined ? field.defaultValue : value);
  }
  if (!flexible) return;
  // A tagged field that has its default is not sent, says KIP-482.
  const set = [...layout.tagged].filter(([, [name, field]]) => {
    return message[name] !== undefined && !isDefault(field, message[name]);
  });
  writer.varint(set.length);
  for (const [tag, [name, field]] of set.sort(([a], [b]) => a - b)) {
    const part = new Writer();
    writeValue(part, field, version, flexible, message[name]);
    const value = part.finishPart();
    writer.varint(tag);
    writer.varint(value.length);
    writer.bytes(value);
  }
}

function isDefault(field: Field, value: unknown): boolean {
  return value === field.defaultValue || isDeepStrictEqual(value, field.defaultValue);
}

/** The length of a string, bytes or array; null for null. Compact ones have it plus one. */
function readLength(reader: Reader, field: Field, version: number, flexible: boolean) {
  const length = flexible
    ? reader.varint() - 1
    : field.kind === "string"
      ? reader.int16()
      : reader.int32();
  if (length >= 0) return length;
  if (length === -1 && version >= field.nullableSince) return null;
  throw new MalformedError(`Cannot read a ${field.kind} of length ${length}`);
}

function writeLength(writer: Writer, field: Field, flexible: boolean, length: number): void {
  if (flexible) writer.varint(length + 1);
  else if (field.kind === "string") writer.int16(length);
  else writer.int32(length);
}

function readValue(reader: Reader, field: Field, version: number, flexible: boolean): unknown {
  switch (field.kind) {
    case "boolean":
      return reader.int8() !== 0;
    case "int8":
    case "int16":
    case "int32":
    case "int64":
      return reader[field.kind]();
    case "uuid":
      return reader.bytes(16);
    case "struct":
      if (version >= field.nullableSince && reader.int8() < 0) return null;
      return readStruct(reader, field.fields as Struct, version, flexible);
  }
  const length = readLength(reader, field, version, flexible);
  if (length === null) return null;
  if (field.kind === "string") return reader.string(length);
  if (field.kind === "bytes") return reader.bytes(length);
  // Every item takes at least a byte: a huge count must not make a huge array.
  if (length > reader.remaining) {
    throw new MalformedError(
      `Cannot read an array of ${length} items: ${reader.remaining} bytes are left`,
    );
  }
  const items: unknown[] = [];
  for (let index = 0; index < length; index++) {
    items.push(readValue(reader, field.item as Field, version, flexible));
  }
  return items;
}

function writeValue(
  writer: Writer,
  field: Field,
  version: number,
  flexible: boolean,
  value: unknown,
): void {
  switch (field.kind) {
    case "boolean":
      writer.int8(value ? 1 : 0);
      return;
    case "int8":
    case "int16":
    case "int32":
      writer[field.kind](value as number);
      return;
    case "int64":
      writer.int64(value as bigint);
      return;
    case "uuid":
      writer.bytes(value as Buffer);
      return;
    case "struct": {
      if (version >= field.nullableSince) {
        writer.int8(value === null ? -1 : 1);
        if (value === null) return;
      }
      const fields = field.fields as Struct;
      writeStruct(writer, fields, version, flexible, value as Record<string, unknown>);
      return;
    }
  }
  if (value === null) {
    if (version < field.nullableSince) {
      throw new TypeError(`Cannot write null as a ${field.kind} in version ${version}`);
    }
    writeLength(writer, field, flexible, -1);
  } else if (field.kind === "array") {
    const items = value as unknown[];
    writeLength(writer, field, flexible, items.length);
    for (const item of items) writeValue(writer, field.item as Field, version, flexible, item);
  } else {
    const content = field.kind === "string" ? Buffer.from(value as string) : (value as Buffer);
    writeLength(writer, field, flexible, content.length);
    writer.bytes(content);
  }
}
