// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Field, Struct } from "./schema.ts";

/** A field with its name. */
export type NamedField = Field & { readonly name: string };

/** What one version of a struct consists of. */
interface Fields {
  /** In the order in which they are written. */
  readonly plain: readonly NamedField[];
  /** Follow the plain ones, in the order of their tags, unless they have their default (KIP-482). */
  readonly tagged: readonly (NamedField & { readonly tag: number })[];
  /** Fields that a message of the version need not have: the tagged ones, and those of others. */
  readonly absent: readonly NamedField[];
}

/** Looks up what one version of a struct consists of. */
export function fieldsOf(struct: Struct, version: number): Fields {
  const all = Object.entries(struct).map(([name, field]) => ({ ...field, name }));
  const has = all.filter(({ since, until }) => version >= since && version <= until);
  const plain = has.filter(({ tag }) => tag === undefined);
  return {
    plain,
    tagged: has
      .flatMap((field) => (field.tag === undefined ? [] : [{ ...field, tag: field.tag }]))
      .sort((a, b) => a.tag - b.tag),
    absent: all.filter((field) => !plain.includes(field)),
  };
}
