// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescEnum,
  type DescField,
  type DescMessage,
  fromJson,
  fromJsonString,
  type Message,
  ScalarType,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { base64Decode } from "@bufbuild/protobuf/wire";
import { FieldMaskSchema, isWrapperDesc } from "@bufbuild/protobuf/wkt";

/** Makes the value of a field, or of an item of a list or map, of text in a URL. */
export type ParseValue = (text: string) => unknown;

/**
 * Gives the parser for a field's values, or undefined when a URL cannot carry them. It reads what
 * grpc-gateway reads; of durations, proto3 JSON's form only, such as `1.5s`.
 */
export function valueParser(field: DescField): ParseValue | undefined {
  if (field.enum !== undefined) return enumParser(field.enum);
  if (field.message !== undefined) return messageParser(field.message);
  return field.scalar === undefined ? undefined : scalarParser(field.scalar);
}

/** Gives the parser for scalars, also for keys of maps. It throws an Error that quotes the text. */
export function scalarParser(type: ScalarType): ParseValue {
  switch (type) {
    case ScalarType.STRING:
      return (text) => text;
    case ScalarType.BOOL:
      return parseBool;
    case ScalarType.BYTES:
      return (text) => base64Decode(text);
    case ScalarType.DOUBLE:
      return (text) => parseFloating(text, Number.MAX_VALUE);
    case ScalarType.FLOAT:
      return (text) => parseFloating(text, 3.4028234663852886e38);
    case ScalarType.INT32:
    case ScalarType.SINT32:
    case ScalarType.SFIXED32:
      return (text) => Number(parseInteger(text, -(2n ** 31n), 2n ** 31n - 1n));
    case ScalarType.UINT32:
    case ScalarType.FIXED32:
      return (text) => Number(parseInteger(text, 0n, 2n ** 32n - 1n));
    case ScalarType.INT64:
    case ScalarType.SINT64:
    case ScalarType.SFIXED64:
      return (text) => parseInteger(text, -(2n ** 63n), 2n ** 63n - 1n);
    case ScalarType.UINT64:
    case ScalarType.FIXED64:
      return (text) => parseInteger(text, 0n, 2n ** 64n - 1n);
    default:
      return type satisfies never;
  }
}

// Go's strconv.ParseBool.
const bools = new Map<string, boolean>([
  ...["1", "t", "T", "TRUE", "true", "True"].map((text) => [text, true] as const),
  ...["0", "f", "F", "FALSE", "false", "False"].map((text) => [text, false] as const),
]);

function parseBool(text: string): boolean {
  const value = bools.get(text);
  if (value === undefined) throw new Error(`'${text}' is not a boolean`);
  return value;
}

function parseInteger(text: string, least: bigint, most: bigint): bigint {
  // Longer than any 64-bit integer: do not let BigInt work on a megabyte of digits.
  if (!/^[+-]?\d{1,40}$/.test(text)) throw new Error(`'${text}' is not an integer`);
  const value = text.startsWith("+") ? BigInt(text.slice(1)) : BigInt(text);
  if (value < least || value > most) {
    throw new Error(`'${text}' is not in the range from ${least} to ${most}`);
  }
  return value;
}

function parseFloating(text: string, most: number): number {
  const special = /^([+-]?)(nan|inf|infinity)$/i.exec(text);
  if (special !== null) {
    if (special[2]?.toLowerCase() === "nan") return Number.NaN;
    return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text)) {
    throw new Error(`'${text}' is not a number`);
  }
  const value = Number(text);
  if (Math.abs(value) > most) throw new Error(`'${text}' is out of range`);
  return value;
}

function enumParser(schema: DescEnum): ParseValue {
  return (text) => {
    const value =
      schema.values.find(({ name }) => name === text) ??
      (/^-?\d{1,10}$/.test(text) ? schema.value[Number(text)] : undefined);
    if (value === undefined) throw new Error(`'${text}' is not a value of '${schema.typeName}'`);
    return value.number;
  };
}

function messageParser(schema: DescMessage): ParseValue | undefined {
  if (isWrapperDesc(schema)) {
    const parse = scalarParser(schema.fields[0].scalar);
    return (text) => {
      const wrapper = reflect(schema);
      wrapper.set(schema.fields[0], parse(text));
      return wrapper;
    };
  }
  const readers: Record<string, (text: string) => Message> = {
    "google.protobuf.Timestamp": (text) => fromJson(schema, text),
    "google.protobuf.Duration": (text) => fromJson(schema, text),
    "google.protobuf.FieldMask": (text) => create(FieldMaskSchema, { paths: text.split(",") }),
    "google.protobuf.Value": (text) => fromJsonString(schema, text),
    "google.protobuf.Struct": (text) => fromJsonString(schema, text),
  };
  const read = readers[schema.typeName];
  return read && ((text) => reflect(schema, read(text)));
}
