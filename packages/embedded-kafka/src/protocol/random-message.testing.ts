// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Field, Struct } from "./schema.ts";

/** Numbers from 0 to 1, below 1: the same ones for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** A message of one version, with the defaults of what the version lacks: what decoding gives. */
export function randomMessage(
  struct: Struct,
  version: number,
  random: () => number,
): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(struct).map(([name, field]) => {
      const has = version >= field.since && version <= field.until;
      const isSet = has && (field.tag === undefined || random() < 0.5);
      return [name, isSet ? randomValue(field, version, random) : field.defaultValue];
    }),
  );
}

function randomValue(field: Field, version: number, random: () => number): unknown {
  if (version >= field.nullableSince && random() < 0.2) return null;
  const integer = (bits: number) => Math.floor((random() - 0.5) * 2 ** bits);
  const count = Math.floor(random() * 4);
  switch (field.kind) {
    case "boolean":
      return random() < 0.5;
    case "int8":
      return integer(8);
    case "int16":
      return integer(16);
    case "int32":
      return integer(32);
    case "int64":
      return (BigInt(integer(32)) << 32n) + BigInt(integer(32));
    case "uuid":
      return randomBytes(16, random);
    case "string":
      return ["", "topic", "\u00e9\u{1f600}\ufffd", "x".repeat(200)][count];
    case "bytes":
      return randomBytes([0, 3, 130, 5_000][count] ?? 0, random);
    case "array":
      return Array.from({ length: count }, () => randomValue(field.item as Field, version, random));
    case "struct":
      return randomMessage(field.fields as Struct, version, random);
  }
}

/** As many bytes, any of them. */
export function randomBytes(length: number, random: () => number): Buffer {
  return Buffer.from(Array.from({ length }, () => random() * 256));
}

/** The same bytes with something wrong: cut, changed, grown, or with a number that lies. */
export function mutated(bytes: Buffer, random: () => number): Buffer {
  const at = Math.floor(random() * bytes.length);
  const copy = Buffer.from(bytes);
  switch (Math.floor(random() * 5)) {
    case 0:
      return copy.subarray(0, at);
    case 1:
      copy[at] = random() * 256;
      return copy;
    case 2:
      return Buffer.concat([
        copy.subarray(0, at),
        randomBytes(1 + random() * 9, random),
        copy.subarray(at),
      ]);
    case 3:
      return Buffer.concat([
        copy.subarray(0, at),
        copy.subarray(Math.floor(random() * bytes.length)),
      ]);
    default: {
      const lie = ["7fffffff", "80000000", "ffffffff", "00100000", "fffffffff7"];
      Buffer.from(lie[Math.floor(random() * lie.length)] ?? "", "hex").copy(copy, at);
      return copy;
    }
  }
}
