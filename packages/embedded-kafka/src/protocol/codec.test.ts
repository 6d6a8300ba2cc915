// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { decode, encode } from "./codec.ts";
import { MalformedError, Reader } from "./reader.ts";
import type { Encodable, Struct } from "./schema.ts";
import {
  array,
  boolean,
  bytes,
  int8,
  int16,
  int32,
  int64,
  list,
  struct as nested,
  string,
  uuid,
} from "./schema.ts";
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

const optional = {
  cursor: nested({ topic: string() }, { nullable: 0 }),
  other: nested({ topic: string() }, { nullable: 0 }),
  id: uuid(),
  leader: nested({ id: int32({ default: -1 }) }, { since: 0, tag: 2 }),
};

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

test("encode() and decode() lay out null and present structs, and uuids, as the protocol says", () => {
  const message = { cursor: { topic: "t" }, other: null, id: Buffer.alloc(16, 0xab) };
  const writer = new Writer();
  encode(writer, optional, 0, true, message);
  const bytes = Buffer.concat(writer.finish()).subarray(4);
  expect(bytes.toString("hex")).toBe(
    `${"01" + "0274" + "00"}${"ff"}${"ab".repeat(16)}${"00"}`, // Present, "t", null, the id, no tags.
  );
  expect(decode(new Reader(bytes), optional, 0, true)).toEqual({ ...message, leader: { id: -1 } });
});

test("encode() sends a tagged struct when it has not its defaults alone", () => {
  const hex = (leader?: { id?: number }) => {
    const writer = new Writer();
    encode(writer, optional, 0, true, {
      cursor: null,
      other: null,
      id: Buffer.alloc(16),
      ...(leader && { leader }),
    });
    return Buffer.concat(writer.finish()).subarray(22).toString("hex");
  };
  const tagged = "01" + "02" + "05" + "00000007" + "00"; // One, number 2, five bytes: 7, no tags.
  expect([hex(), hex({}), hex({ id: -1 }), hex({ id: 7 })]).toEqual(["00", "00", "00", tagged]);
});

test("encode() and decode() refuse a string that Kafka would refuse for its length", () => {
  const name = "x".repeat(0x8000);
  expect(() => toBytes({ ...message, name }, 2, true)).toThrow(
    "Cannot write a string of 32768 bytes",
  );
  const bytes = Buffer.concat([
    Buffer.alloc(4, 0),
    Buffer.from([0x81, 0x80, 2]),
    Buffer.from(name),
  ]);
  expect(() => fromBytes(bytes, 2, true)).toThrow("Cannot read a string of 32768 bytes");
});

test.each([true, false])("encode() cuts messages that are too long (flexible: %s)", (flexible) => {
  const table = { errorMessage: string() };
  const encoded = [2, 40_000].map((length) => {
    const writer = new Writer();
    encode(writer, table, 0, flexible, { errorMessage: "\u20ac".repeat(length) });
    return decode(new Reader(writer.finishPart()), table, 0, flexible).errorMessage.length;
  });
  expect(encoded).toEqual([2, 10_922]);
});

test("encode() sends tagged fields in the order of their tags, however the table has them", () => {
  const writer = new Writer();
  const fields = { late: int8({ tag: 5, default: 0 }), early: int8({ tag: 0, default: 0 }) };
  encode(writer, fields, 0, true, { late: 7, early: 8 });
  const bytes = Buffer.concat(writer.finish()).subarray(4);
  expect(bytes.toString("hex")).toBe(`02${"000108"}${"050107"}`); // Two: number, size, value.
});

test("decode() names the list when its count is more than the bytes can bear out", () => {
  const read = (fields: Struct, hex: string) =>
    decode(new Reader(Buffer.from(hex, "hex")), fields, 0, false);
  const ids = { ids: list(int64()) };
  expect(read(ids, `00000001${"00".repeat(8)}`)).toEqual({ ids: [0n] });
  expect(() => read(ids, `00000008${"00".repeat(8)}`)).toThrow("Cannot read 8 items of 'ids'");
  const empty = { parts: array({ since1: int8({ since: 1 }) }) }; // Its items have no bytes at all.
  expect(() => read(empty, "7fffffff")).toThrow("Cannot read 2147483647 items of 'parts'");
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
