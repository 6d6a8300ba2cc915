// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { apis } from "./apis.ts";
import { decode, encode } from "./codec.ts";
import { MalformedError, Reader } from "./reader.ts";
import type { Encodable, Field, Struct } from "./schema.ts";
import { array, boolean, bytes, int8, int16, int32, int64, list, string } from "./schema.ts";
import { Writer } from "./writer.ts";

const struct = {
  flag: boolean(),
  tiny: int8(),
  small: int16({ since: 1, default: -1 }),
  large: int64({ until: 1, default: -1n }),
  name: string({ nullable: 1 }),
  data: bytes({ nullable: 0 }),
  ids: list(int32(), { nullable: 2 }),
  parts: array({ index: int32(), note: string({ since: 2, default: "none" }) }),
  extra: string({ since: 2, tag: 3, default: "" }),
};

type Message = Encodable<typeof struct>;

function toBytes(message: Message, version: number, flexible: boolean): Buffer {
  const writer = new Writer();
  encode(writer, struct, version, flexible, message);
  return Buffer.concat(writer.finish()).subarray(4);
}

const fromBytes = (buffer: Buffer, version: number, flexible: boolean) =>
  decode(new Reader(buffer), struct, version, flexible);

const message = {
  flag: true,
  tiny: -2,
  small: 300,
  large: -(2n ** 63n),
  name: "é",
  data: Buffer.from([1, 2]),
  ids: [1, -1],
  parts: [{ index: 5, note: "five" }],
  extra: "more",
};

test("encode() lays fields out as the protocol says when a version is not flexible", () => {
  expect(toBytes(message, 0, false).toString("hex")).toBe(
    [
      "01", // flag
      "fe", // tiny
      "8000000000000000", // large
      "0002c3a9", // name: two bytes of length
      "000000020102", // data: four
      "000000020000000" + "1ffffffff", // ids
      "0000000100000005", // parts, without a note
    ].join(""),
  );
});

test("encode() lays fields out compactly, with tagged fields, when a version is flexible", () => {
  expect(toBytes({ ...message, ids: null }, 2, true).toString("hex")).toBe(
    [
      "01",
      "fe",
      "012c", // small
      "03c3a9", // name: length and one
      "030102",
      "00", // ids: null
      "02000000050566697665" + "00", // parts, with a note, each ending with its tagged fields
      "01" + "03" + "05" + "056d6f7265", // one tagged field: number 3, five bytes
    ].join(""),
  );
});

test("decode() gives what was encoded, and defaults where the version lacks the field", () => {
  const read = [0, 1, 2].map((version) =>
    fromBytes(toBytes(message, version, false), version, false),
  );
  const flexible = fromBytes(toBytes(message, 2, true), 2, true);
  const lacking = { small: -1, extra: "", parts: [{ index: 5, note: "none" }] };
  expect([...read, flexible]).toEqual([
    { ...message, ...lacking },
    { ...message, ...lacking, small: 300 },
    { ...message, large: -1n, extra: "" },
    { ...message, large: -1n },
  ]);
});

test("decode() passes by tagged fields that it does not know", () => {
  const known = toBytes({ ...message, extra: "" }, 2, true);
  // The last byte counts the tagged fields: now one, number 100, of two bytes.
  const bytes = Buffer.concat([known.subarray(0, -1), Buffer.from([1, 100, 2, 0xaa, 0xbb])]);
  expect(fromBytes(bytes, 2, true)).toEqual({ ...message, large: -1n, extra: "" });
});

test("encode() refuses null when the version does not allow it", () => {
  expect(() => toBytes({ ...message, name: null }, 0, false)).toThrow("Cannot write null");
});

test("decode() throws a MalformedError when bytes are cut short or lengths lie", () => {
  for (const flexible of [false, true]) {
    const whole = toBytes(message, 2, flexible);
    for (let length = 0; length < whole.length; length++) {
      expect(() => fromBytes(whole.subarray(0, length), 2, flexible)).toThrow(MalformedError);
    }
  }
  const huge = Buffer.alloc(60);
  huge.writeInt32BE(0x7fffffff, 16); // A count of ids of 2 ** 31 - 1.
  expect(() => fromBytes(huge, 0, false)).toThrow(MalformedError);
  expect(() => new Reader(Buffer.from([0xff, 0xff, 0xff, 0xff, 0xff, 1])).varint()).toThrow(
    MalformedError,
  );
  expect(() => new Reader(Buffer.from([0xff])).string(1)).toThrow(MalformedError);
});

test("decode() throws nothing but MalformedError when bytes are random", () => {
  let seed = 42;
  const random = () => {
    seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
    return seed / 2 ** 31;
  };
  const failures: unknown[] = [];
  for (const {
    request,
    versions: [minVersion, maxVersion],
    flexibleSince,
  } of Object.values(apis)) {
    for (let round = 0; round < 100; round++) {
      const version = minVersion + Math.floor(random() * (maxVersion - minVersion + 1));
      const bytes = Buffer.from(
        Array.from({ length: random() * 60 }, () => random() * 2 ** (random() * 8)),
      );
      try {
        decode(new Reader(bytes), request as Struct, version, version >= flexibleSince);
      } catch (error) {
        if (!(error instanceof MalformedError)) failures.push(error);
      }
    }
  }
  expect(failures).toEqual([]);
});

test("apis give back every message in every version when encoded and decoded", () => {
  const failures: string[] = [];
  for (const [name, api] of Object.entries(apis)) {
    for (let version = api.versions[0]; version <= api.versions[1]; version++) {
      for (const schema of [api.request, api.response] as Struct[]) {
        const flexible = version >= api.flexibleSince;
        const sample = sampleOf(schema, version);
        const writer = new Writer();
        encode(writer, schema, version, flexible, sample as never);
        const reader = new Reader(Buffer.concat(writer.finish()).subarray(4));
        const read = decode(reader, schema, version, flexible);
        if (reader.remaining > 0) failures.push(`${name} v${version}: bytes are left`);
        expect(read, `${name} v${version}`).toEqual(sample);
      }
    }
  }
  expect(failures).toEqual([]);
});

/** A value of every field that the version has, and the default of the others. */
function sampleOf(schema: Struct, version: number): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(schema).map(([name, field]) => {
      const has = version >= field.since && version <= field.until;
      return [name, has ? valueFor(field, version) : field.defaultValue];
    }),
  );
}

function valueFor(field: Field, version: number): unknown {
  const samples = { boolean: true, int8: 7, int16: 700, int32: 70_000, int64: 7n ** 20n };
  switch (field.kind) {
    case "string":
      return "text";
    case "bytes":
      return Buffer.from("bytes");
    case "uuid":
      return Buffer.alloc(16, 1);
    case "array":
      return [valueFor(field.item as Field, version), valueFor(field.item as Field, version)];
    case "struct":
      return sampleOf(field.fields as Struct, version);
    default:
      return samples[field.kind];
  }
}

test("Writer hands large bytes on without a copy when they are part of a frame", () => {
  const large = Buffer.alloc(5000, 1);
  const writer = new Writer();
  writer.int32(1);
  writer.bytes(large);
  writer.int32(2);
  writer.bytes(Buffer.alloc(700, 3));
  const chunks = writer.finish();
  expect([chunks.includes(large), Buffer.concat(chunks)]).toEqual([
    true,
    Buffer.concat([
      Buffer.from([0, 0, 0x16, 0x4c, 0, 0, 0, 1]),
      large,
      Buffer.from([0, 0, 0, 2]),
      Buffer.alloc(700, 3),
    ]),
  ]);
});

test("Writer keeps every value when a frame outgrows its buffer, wherever that happens", () => {
  const writes: ((writer: Writer) => void)[] = [
    (writer) => writer.int8(1),
    (writer) => writer.int16(2),
    (writer) => writer.int32(3),
    (writer) => writer.int64(4n),
    (writer) => writer.varint(300),
    (writer) => writer.bytes(Buffer.from("0506", "hex")),
  ];
  const expected = ["01", "0002", "00000003", "0000000000000004", "ac02", "0506"];
  const wrong: unknown[] = [];
  for (const [kind, write] of writes.entries()) {
    for (let before = 0; before < 8; before++) {
      const writer = new Writer();
      writer.bytes(Buffer.alloc(before));
      for (let at = 0; at < 3_000; at++) write(writer);
      const bytes = Buffer.concat(writer.finish()).subarray(4 + before);
      if (bytes.toString("hex") !== expected[kind]?.repeat(3_000)) wrong.push({ kind, before });
    }
  }
  expect(wrong).toEqual([]);
});
