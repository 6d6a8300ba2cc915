// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// The vocabulary in which the tables of messages/ are written. A table is plain data; struct-reader.ts and
// struct-writer.ts read it. Types of requests and responses are inferred from the tables.

/** How a value is laid out on the wire. */
export type Kind =
  | "boolean"
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "string"
  | "bytes"
  | "uuid"
  | "array"
  | "struct";

/** One field of a request or response: its layout, and the versions that have it. */
export interface Field<T = unknown, O extends boolean = boolean> {
  readonly kind: Kind;
  /** First version that has the field. */
  readonly since: number;
  /** Last version that has the field. */
  readonly until: number;
  /** First version in which it may be null; infinite when it never is. */
  readonly nullableSince: number;
  /** Its number among the tagged fields (KIP-482), which only flexible versions have. */
  readonly tag: number | undefined;
  /** What it is read as where a version lacks it, and written as when it is left out. */
  readonly defaultValue: unknown;
  /** Layout of an array's items. */
  readonly item: Field | undefined;
  /** Layout of a struct. */
  readonly fields: Struct | undefined;
  /** For the types alone, as is the next: no field has them. */
  readonly "~value"?: T;
  readonly "~optional"?: O;
}

/** Fields in the order in which they are written. */
export interface Struct {
  readonly [name: string]: Field;
}

/** Everything about a field but its kind. */
export interface FieldOptions {
  since?: number;
  until?: number;
  nullable?: number;
  tag?: number;
  default?: unknown;
}

type ValueOf<T, O> = O extends { nullable: number } ? T | null : T;
type OptionalOf<O> = O extends { default: unknown } | { since: number } | { until: number }
  ? true
  : false;

/** What decoding gives: every field, those that the version lacks with their default. */
export type Decoded<S extends Struct> = {
  [K in keyof S]: S[K] extends Field<infer T> ? DecodedValue<T> : never;
};
type DecodedValue<T> =
  T extends StructValue<infer S> ? Decoded<S> : T extends StructValue<infer S>[] ? Decoded<S>[] : T;

/**
 * What encoding takes: fields that have a default in the table, or that some versions lack, may be
 * left out.
 */
export type Encodable<S extends Struct> = {
  [K in keyof S as S[K] extends Field<unknown, true> ? never : K]: EncodableField<S[K]>;
} & { [K in keyof S as S[K] extends Field<unknown, true> ? K : never]?: EncodableField<S[K]> };
type EncodableField<F> = F extends Field<infer T> ? EncodableValue<T> : never;
type EncodableValue<T> =
  T extends StructValue<infer S>
    ? Encodable<S>
    : T extends StructValue<infer S>[]
      ? readonly Encodable<S>[]
      : T extends readonly (infer I)[]
        ? readonly I[]
        : T;

/** Stands for the struct in a field's type, until it is known whether it is read or written. */
export interface StructValue<S extends Struct> {
  readonly "~struct": S;
}

const zeros: Record<Kind, unknown> = {
  boolean: false,
  int8: 0,
  int16: 0,
  int32: 0,
  int64: 0n,
  string: "",
  bytes: Buffer.alloc(0),
  uuid: Buffer.alloc(16),
  array: Object.freeze([]),
  struct: undefined,
};

/** Stands as `flexibleSince` where no version is in the compact layout. */
export const never = Number.POSITIVE_INFINITY;

function field(kind: Kind, options: FieldOptions = {}, item?: Field, fields?: Struct): Field {
  return {
    kind,
    since: options.since ?? 0,
    until: options.until ?? Number.POSITIVE_INFINITY,
    nullableSince: options.nullable ?? Number.POSITIVE_INFINITY,
    tag: options.tag,
    defaultValue: "default" in options ? options.default : zeroOf(kind, fields),
    item,
    fields,
  };
}

/** A struct with the defaults of all its fields, where it has some. */
function zeroOf(kind: Kind, fields?: Struct): unknown {
  if (!fields) return zeros[kind];
  const defaults = Object.entries(fields).map(([name, { defaultValue }]) => [name, defaultValue]);
  return Object.freeze(Object.fromEntries(defaults));
}

const scalar =
  <T>(kind: Kind) =>
  <const O extends FieldOptions = Record<never, never>>(
    options?: O,
  ): Field<ValueOf<T, O>, OptionalOf<O>> =>
    field(kind, options) as Field<ValueOf<T, O>, OptionalOf<O>>;

export const boolean = scalar<boolean>("boolean");
export const int8 = scalar<number>("int8");
export const int16 = scalar<number>("int16");
export const int32 = scalar<number>("int32");
export const int64 = scalar<bigint>("int64");
export const string = scalar<string>("string");
/** Bytes, record batches among them; what is read shares memory with the frame. */
export const bytes = scalar<Buffer>("bytes");
/** An id of 16 bytes: all of them zero for none. */
export const uuid = scalar<Buffer>("uuid");

/** A list of scalars. */
export function list<T, const O extends FieldOptions = Record<never, never>>(
  item: Field<T>,
  options?: O,
): Field<ValueOf<T[], O>, OptionalOf<O>> {
  return field("array", options, item) as Field<ValueOf<T[], O>, OptionalOf<O>>;
}

/** A list of structs. */
export function array<S extends Struct, const O extends FieldOptions = Record<never, never>>(
  fields: S,
  options?: O,
): Field<ValueOf<StructValue<S>[], O>, OptionalOf<O>> {
  const item = field("struct", {}, undefined, fields);
  return field("array", options, item) as Field<ValueOf<StructValue<S>[], O>, OptionalOf<O>>;
}

/** A struct of its own, as tagged fields often are. */
export function struct<S extends Struct, const O extends FieldOptions = Record<never, never>>(
  fields: S,
  options?: O,
): Field<ValueOf<StructValue<S>, O>, OptionalOf<O>> {
  return field("struct", options, undefined, fields) as Field<
    ValueOf<StructValue<S>, O>,
    OptionalOf<O>
  >;
}

/** The first and the last of a range of versions. */
export type Versions = readonly [from: number, to: number];

/** One kind of request and its response. */
export interface Api<Q extends Struct = Struct, S extends Struct = Struct> {
  readonly key: number;
  /** The versions whose layout the table has: the stable ones of Apache Kafka 4.3.1. */
  readonly versions: Versions;
  /** Those of them that this broker answers, and that ApiVersions tells. */
  readonly served: Versions;
  /** First version in the compact layout with tagged fields (KIP-482). */
  readonly flexibleSince: number;
  readonly request: Q;
  readonly response: S;
}

/** Types an entry of the tables. All versions are served where it does not say which. */
export function api<Q extends Struct, S extends Struct>(
  entry: Omit<Api<Q, S>, "served"> & Partial<Pick<Api, "served">>,
): Api<Q, S> {
  return { ...entry, served: entry.served ?? entry.versions };
}
