// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { isDeepStrictEqual } from "node:util";
import { fieldsOf, type NamedField } from "./fields-of.ts";
import { maxStringBytes } from "./reader.ts";
import type { Field, Struct } from "./schema.ts";
import { Writer } from "./writer.ts";

type Message = Record<string, unknown>;
/** Which type the value must have, the table says: TypeScript cannot follow. */
type Write<T = never> = (writer: Writer, value: T) => void;

/** Fields for people, who need not read all of a message that quotes what a client sent. */
const messageName = /errorMessage$/i;
/** Of no more bytes than a string has at most, whatever its characters. */
const maxMessageLength = Math.floor(maxStringBytes / 3);

/** Makes a function that writes one version of a struct, as `structReader` makes one that reads it. */
export function structWriter(struct: Struct, version: number, flexible: boolean): Write<Message> {
  const { plain, tagged } = fieldsOf(struct, version);
  const fields = plain.map((field) => ({
    name: field.name,
    defaultValue: field.defaultValue,
    write: valueWriter(field, version, flexible),
  }));
  const writeTagged = taggedWriter(tagged, version);
  return (writer, message) => {
    for (const { name, defaultValue, write } of fields) {
      const value = message[name];
      write(writer, (value === undefined ? defaultValue : value) as never);
    }
    if (flexible) writeTagged(writer, message);
  };
}

/** Writes tagged fields in the order of their tags; those that have their default are not sent (KIP-482). */
function taggedWriter(
  fields: readonly (NamedField & { tag: number })[],
  version: number,
): Write<Message> {
  const tagged = fields.map((field) => ({ ...field, write: valueWriter(field, version, true) }));
  return (writer, message) => {
    const set = tagged.filter((field) => !isDefault(field, message[field.name]));
    writer.varint(set.length);
    for (const { name, tag, write } of set) {
      const part = new Writer();
      write(part, message[name] as never);
      const value = part.finishPart();
      writer.varint(tag);
      writer.varint(value.length);
      writer.bytes(value);
    }
  };
}

function isDefault({ kind, defaultValue }: Field, value: unknown): boolean {
  if (value === undefined || value === defaultValue) return true;
  const whole = kind === "struct" && value ? { ...(defaultValue as object), ...value } : value;
  return isDeepStrictEqual(whole, defaultValue);
}

function valueWriter(field: NamedField, version: number, flexible: boolean): Write {
  const write = presentWriter(field, version, flexible);
  const isNullable = version >= field.nullableSince;
  const { kind, name } = field;
  switch (kind) {
    case "string":
    case "bytes":
    case "array":
      break;
    case "struct":
      if (!isNullable) return write;
      return (writer: Writer, value: never) => {
        writer.int8(value === null ? -1 : 1);
        if (value !== null) write(writer, value);
      };
    default:
      return write;
  }
  const writeNull: Write = flexible
    ? (writer) => writer.varint(0)
    : kind === "string"
      ? (writer) => writer.int16(-1)
      : (writer) => writer.int32(-1);
  return (writer: Writer, value: never) => {
    if (value !== null) write(writer, value);
    else if (isNullable) writeNull(writer, value);
    else throw new TypeError(`Cannot write null as '${name}' in version ${version}`);
  };
}

/** Writes a value that is not null. */
function presentWriter(field: NamedField, version: number, flexible: boolean): Write {
  switch (field.kind) {
    case "boolean":
      return (writer: Writer, value: boolean) => writer.int8(value ? 1 : 0);
    case "int8":
      return (writer: Writer, value: number) => writer.int8(value);
    case "int16":
      return (writer: Writer, value: number) => writer.int16(value);
    case "int32":
      return (writer: Writer, value: number) => writer.int32(value);
    case "int64":
      return (writer: Writer, value: bigint) => writer.int64(value);
    case "uuid":
      return (writer: Writer, value: Buffer) => writer.bytes(value);
    case "string": {
      const write = flexible
        ? (writer: Writer, value: string) => writer.compactString(value)
        : (writer: Writer, value: string) => writer.string(value);
      if (!messageName.test(field.name)) return write;
      return (writer: Writer, value: string) => write(writer, value.slice(0, maxMessageLength));
    }
    case "bytes":
      return (writer: Writer, value: Buffer) => {
        writeLength(writer, value.length, flexible);
        writer.bytes(value);
      };
    case "array": {
      const item = { ...(field.item as Field), name: field.name };
      const writeItem = valueWriter(item, version, flexible);
      return (writer: Writer, value: readonly never[]) => {
        writeLength(writer, value.length, flexible);
        for (const item of value) writeItem(writer, item);
      };
    }
    case "struct":
      return structWriter(field.fields as Struct, version, flexible);
  }
}

function writeLength(writer: Writer, length: number, flexible: boolean): void {
  if (flexible) writer.varint(length + 1);
  else writer.int32(length);
}
