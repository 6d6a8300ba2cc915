// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescField,
  type DescMessage,
  type JsonObject,
  type JsonValue,
  type Message,
  type Registry,
  toJson,
} from "@bufbuild/protobuf";
import { reflect } from "@bufbuild/protobuf/reflect";
import { Edition, hasCustomJsonRepresentation } from "@bufbuild/protobuf/wkt";

/**
 * Writes a message as grpc-gateway does by default: proto3 JSON with every field present. Unset
 * message fields are null; fields of a oneof and proto3 `optional` ones are left out when unset.
 *
 * @param field - only this field's value: the rule's `response_body`.
 */
export function toResponseJson(
  schema: DescMessage,
  message: Message,
  registry: Registry,
  field?: DescField,
): JsonValue {
  const json = writeMessage(schema, message, registry) as JsonObject;
  if (field === undefined) return json;
  const value = json[field.jsonName] ?? null;
  // A body that is one message is an object, even when the server left it unset.
  return value === null && field.fieldKind === "message" && field.oneof === undefined
    ? writeMessage(field.message, create(field.message), registry)
    : value;
}

function writeMessage(schema: DescMessage, message: Message, registry: Registry): JsonValue {
  const json = toJson(schema, message, { alwaysEmitImplicit: true, registry });
  fillUnset(schema, message, json);
  return json;
}

/** Adds to `json` the nulls that grpc-gateway writes and protobuf-es does not. */
function fillUnset(schema: DescMessage, message: Message, json: JsonValue): void {
  if (!mayHaveNulls(schema)) return;
  const object = json as JsonObject;
  const source = reflect(schema, message);
  for (const field of schema.fields) {
    if (field.message === undefined) {
      if (isNullable(field) && !source.isSet(field)) object[field.jsonName] = null;
      continue;
    }
    if (!mayHaveNulls(field.message) && field.fieldKind !== "message") continue;
    switch (field.fieldKind) {
      case "message":
        if (source.isSet(field)) {
          fillUnset(field.message, source.get(field).message, object[field.jsonName] as JsonValue);
        } else if (isNullable(field)) object[field.jsonName] = null;
        break;
      case "list": {
        const items = object[field.jsonName] as JsonValue[];
        for (const [index, item] of source.get(field).entries()) {
          fillUnset(field.message, messageOf(item), items[index] as JsonValue);
        }
        break;
      }
      case "map": {
        const entries = object[field.jsonName] as JsonObject;
        for (const [key, value] of source.get(field)) {
          fillUnset(field.message, messageOf(value), entries[String(key)] as JsonValue);
        }
        break;
      }
    }
  }
}

function messageOf(value: unknown): Message {
  return (value as { message: Message }).message;
}

/** Whether grpc-gateway writes the field as null when it is unset. */
function isNullable(field: DescField): boolean {
  if (field.fieldKind === "message") return field.oneof === undefined;
  const isSingular = field.fieldKind === "scalar" || field.fieldKind === "enum";
  const isProto2 = field.parent.file.edition === Edition.EDITION_PROTO2;
  return isSingular && isProto2 && field.oneof === undefined;
}

const nullsBySchema = new WeakMap<DescMessage, boolean>();

/** Whether a message of this type may need nulls, in itself or in one that it holds. */
function mayHaveNulls(schema: DescMessage): boolean {
  let known = nullsBySchema.get(schema);
  if (known === undefined) {
    known = [...reachable(schema, new Set())].some(({ fields }) => fields.some(isNullable));
    nullsBySchema.set(schema, known);
  }
  return known;
}

function reachable(schema: DescMessage, found: Set<DescMessage>): Set<DescMessage> {
  // Well-known types have JSON of their own, without fields to fill.
  if (found.has(schema) || hasCustomJsonRepresentation(schema)) return found;
  found.add(schema);
  for (const { message } of schema.fields) if (message) reachable(message, found);
  return found;
}
