// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { fieldsOf, type NamedField } from "./fields-of.ts";
import { MalformedError, Reader } from "./reader.ts";
import type { Field, Struct } from "./schema.ts";

type Message = Record<string, unknown>;
type Read<T = unknown> = (reader: Reader) => T;

/**
 * Makes a function that reads one version of a struct. What the table says is worked out here,
 * once, so that reading a message is nothing but calls.
 */
export function structReader(struct: Struct, version: number, flexible: boolean): Read<Message> {
  const { plain, tagged, absent } = fieldsOf(struct, version);
  const fields = plain.map((field) => ({
    name: field.name,
    read: valueReader(field, version, flexible),
  }));
  const readTagged = taggedReader(tagged, version);
  return (reader) => {
    const message: Message = {};
    for (const { name, read } of fields) message[name] = read(reader);
    for (const { name, defaultValue } of absent) message[name] = defaultValue;
    if (flexible) readTagged(reader, message);
    return message;
  };
}

/** Reads tagged fields (KIP-482); those that the table does not know are passed by. */
function taggedReader(fields: readonly (NamedField & { tag: number })[], version: number) {
  const byTag = new Map(
    fields.map((field) => [
      field.tag,
      { name: field.name, read: valueReader(field, version, true) },
    ]),
  );
  return (reader: Reader, message: Message): void => {
    for (let count = reader.varint(); count > 0; count--) {
      const field = byTag.get(reader.varint());
      const value = reader.bytes(reader.varint());
      if (field) message[field.name] = field.read(new Reader(value));
    }
  };
}

function valueReader(field: NamedField, version: number, flexible: boolean): Read {
  const isNullable = version >= field.nullableSince;
  switch (field.kind) {
    case "boolean":
      return (reader) => reader.int8() !== 0;
    case "int8":
      return (reader) => reader.int8();
    case "int16":
      return (reader) => reader.int16();
    case "int32":
      return (reader) => reader.int32();
    case "int64":
      return (reader) => reader.int64();
    case "uuid":
      return (reader) => reader.bytes(16);
    case "struct": {
      const read = structReader(field.fields as Struct, version, flexible);
      if (!isNullable) return read;
      return (reader) => (reader.int8() < 0 ? null : read(reader));
    }
    case "string":
    case "bytes":
    case "array":
      return orNull(
        field,
        isNullable,
        lengthReader(field, flexible),
        contentReader(field, version, flexible),
      );
  }
}

function orNull(
  { name, kind }: NamedField,
  isNullable: boolean,
  readLength: Read<number>,
  readContent: (reader: Reader, length: number) => unknown,
): Read {
  return (reader) => {
    const length = readLength(reader);
    if (length >= 0) return readContent(reader, length);
    if (length === -1 && isNullable) return null;
    throw new MalformedError(`Cannot read '${name}': its ${kind} has the length ${length}`);
  };
}

/** Compact lengths count one more, so that zero says null. */
function lengthReader({ kind }: Field, flexible: boolean): Read<number> {
  if (flexible) return (reader) => reader.varint() - 1;
  return kind === "string" ? (reader) => reader.int16() : (reader) => reader.int32();
}

function contentReader(field: NamedField, version: number, flexible: boolean) {
  if (field.kind === "string") return (reader: Reader, length: number) => reader.string(length);
  if (field.kind === "bytes") return (reader: Reader, length: number) => reader.bytes(length);
  const item = { ...(field.item as Field), name: field.name };
  const readItem = valueReader(item, version, flexible);
  const itemBytes = Math.max(1, leastBytes(item, version, flexible));
  return (reader: Reader, length: number) => {
    // A count that the bytes cannot bear out must not make a huge array.
    if (length * itemBytes > reader.remaining) {
      throw new MalformedError(
        `Cannot read ${length} items of '${field.name}': ${reader.remaining} bytes are left`,
      );
    }
    const items: unknown[] = [];
    for (let index = 0; index < length; index++) items.push(readItem(reader));
    return items;
  };
}

const scalarBytes = { boolean: 1, int8: 1, int16: 2, int32: 4, int64: 8, uuid: 16 };

/** How many bytes a value takes at least. */
function leastBytes(field: Field, version: number, flexible: boolean): number {
  switch (field.kind) {
    case "struct": {
      if (version >= field.nullableSince) return 1;
      const { plain } = fieldsOf(field.fields as Struct, version);
      const bytes = plain.map((part) => leastBytes(part, version, flexible));
      return bytes.reduce((sum, count) => sum + count, flexible ? 1 : 0);
    }
    case "string":
      return flexible ? 1 : 2;
    case "bytes":
    case "array":
      return flexible ? 1 : 4;
    default:
      return scalarBytes[field.kind];
  }
}
