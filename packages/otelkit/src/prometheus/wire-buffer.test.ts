// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { expect, test } from "vitest";
import { WireBuffer } from "./wire-buffer.ts";

const numbers = [0, 1, 127, 128, 300, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 40 + 5, 2 ** 53 - 1];

test.each(numbers)("WireBuffer writes %d as the library does", (value) => {
  const buffer = new WireBuffer();
  buffer.varint(1, value);
  buffer.signed(20, value / 4 > 2 ** 50 ? 1 : -value);
  buffer.double(3, -value / 3);
  const writer = new BinaryWriter();
  writer.tag(1, WireType.Varint).uint64(value);
  writer.tag(20, WireType.Varint).sint64(value / 4 > 2 ** 50 ? 1 : -value);
  writer.tag(3, WireType.Bit64).double(-value / 3);
  expect(buffer.take()).toEqual(writer.finish());
});

test.each([0, 1, 100, 127, 128, 16_383, 16_384, 70_000, 300_000])(
  "WireBuffer writes nested messages and texts of %d bytes as the library does",
  (length) => {
    const text = `${"é".repeat(length / 2)}${"x".repeat(length % 2)}`;
    const buffer = new WireBuffer();
    const outer = buffer.begin(5);
    const inner = buffer.begin(1);
    buffer.text(2, text);
    buffer.end(inner);
    buffer.varint(3, 1);
    buffer.end(outer);
    const writer = new BinaryWriter();
    writer.tag(5, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).fork();
    writer.tag(2, WireType.LengthDelimited).string(text).join();
    writer.tag(3, WireType.Varint).uint32(1).join();
    const { length: written } = buffer;
    expect(Buffer.compare(buffer.take(), writer.finish())).toBe(0);
    expect([written > length, buffer.length]).toEqual([true, 0]);
  },
);

test("WireBuffer begins anew after take()", () => {
  const buffer = new WireBuffer();
  buffer.text(1, "first");
  const first = buffer.take();
  buffer.text(1, "other");
  expect([textOf(first), textOf(buffer.take())]).toEqual(["first", "other"]);
});

function textOf(bytes: Uint8Array): string {
  const reader = new BinaryReader(bytes);
  reader.tag();
  return reader.string();
}
