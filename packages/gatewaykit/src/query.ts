// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";
import { type ReflectMessage, reflect } from "@bufbuild/protobuf/reflect";
import { openFieldPath, resolveFieldPath } from "./field-path.ts";
import { scalarParser, valueParser } from "./parse-value.ts";

/**
 * Sets a message's fields from a query: `limit=5`, `book.title=x`, `tags=a&tags=b`,
 * `labels[key]=value`. As in grpc-gateway, parameters that name no field are ignored, and so are
 * those of fields that the path or the body fills.
 *
 * @throws {Error} that names the parameter.
 */
export function readQuery(
  schema: DescMessage,
  message: Message,
  query: string,
  bound: DescField[][],
): void {
  const target = reflect(schema, message);
  const parameters = new URLSearchParams(query);
  for (const name of new Set(parameters.keys())) {
    const [, path = name, mapKey] = /^(.*)\[(.*)\]$/.exec(name) ?? [];
    const fields = resolveFieldPath(schema, path.split("."));
    if (fields === undefined || bound.some((other) => startsWith(fields, other))) continue;
    try {
      setField(target, fields, parameters.getAll(name), mapKey);
    } catch (cause) {
      throw new Error(`Cannot set '${name}' from the query`, { cause });
    }
  }
}

function startsWith(fields: DescField[], other: DescField[]): boolean {
  return other.every((field, index) => fields[index] === field);
}

function setField(
  target: ReflectMessage,
  fields: DescField[],
  values: string[],
  mapKey: string | undefined,
): void {
  const field = fields[fields.length - 1] as DescField;
  const parse = valueParser(field);
  if (parse === undefined) {
    throw new Error(`'${field.message?.typeName}' cannot be written in a URL`);
  }
  // Values before the message is touched: `book.pages=x` is an error, and makes no `book`.
  const parsed = values.map(parse);
  const parent = openFieldPath(target, fields);
  if ((mapKey !== undefined) !== (field.fieldKind === "map")) {
    throw new Error(mapKey === undefined ? "it is a map: write '[key]'" : "it is no map");
  }
  switch (field.fieldKind) {
    case "list": {
      const list = parent.get(field);
      for (const value of parsed) list.add(value);
      break;
    }
    case "map": {
      requireOne(values);
      const parseKey = scalarParser(field.mapKey ?? ScalarType.STRING);
      parent.get(field).set(parseKey(mapKey ?? ""), parsed[0]);
      break;
    }
    default:
      requireOne(values);
      parent.set(field, parsed[0]);
  }
}

function requireOne(values: string[]): void {
  if (values.length > 1) throw new Error(`it has ${values.length} values: ${values.join(", ")}`);
}
