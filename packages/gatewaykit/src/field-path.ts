// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescField, DescMessage } from "@bufbuild/protobuf";
import type { ReflectMessage } from "@bufbuild/protobuf/reflect";

/**
 * Finds the fields of a path such as `["book", "id"]`, by the names in the proto file or in JSON.
 * All but the last are singular messages.
 *
 * @returns undefined when the message has no such path.
 */
export function resolveFieldPath(message: DescMessage, path: string[]): DescField[] | undefined {
  const fields: DescField[] = [];
  let parent: DescMessage | undefined = message;
  for (const name of path) {
    const field: DescField | undefined = parent?.fields.find(
      (candidate) => candidate.name === name || candidate.jsonName === name,
    );
    if (field === undefined) return undefined;
    fields.push(field);
    parent = field.fieldKind === "message" ? field.message : undefined;
  }
  return fields;
}

/**
 * Gives the message that holds the last field of a path, made where it is not there yet.
 *
 * @throws {Error} when another field of a oneof on the way is set already.
 */
export function openFieldPath(message: ReflectMessage, fields: DescField[]): ReflectMessage {
  let parent = message;
  for (const [index, field] of fields.entries()) {
    const taken = field.oneof && parent.oneofCase(field.oneof);
    const isLast = index === fields.length - 1;
    if (taken !== undefined && (isLast || taken !== field)) {
      throw new Error(`another field of the oneof '${field.oneof?.name}' is set already`);
    }
    if (isLast || field.fieldKind !== "message") break;
    const child = parent.get(field);
    parent.set(field, child);
    parent = child;
  }
  return parent;
}
