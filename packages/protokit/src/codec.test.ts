// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { create, equals, isMessage, toBinary } from "@bufbuild/protobuf";
import { StringValueSchema, StructSchema, timestampFromMs } from "@bufbuild/protobuf/wkt";
import { UnaryRequestSchema } from "@labwire/testdata/echo";
import { Color, type Kinds, KindsSchema } from "@labwire/testdata/kinds";
import { describe, expect, test } from "vitest";
import { createCodec } from "./codec.ts";
import { ProtokitError } from "./protokit-error.ts";

function everyKind(choice: Kinds["choice"]) {
  return create(KindsSchema, {
    doubleValue: 0.1,
    floatValue: 1.5,
    int32Value: -(2 ** 31),
    int64Value: -(2n ** 63n),
    uint32Value: 2 ** 32 - 1,
    uint64Value: 2n ** 64n - 1n,
    sint32Value: -1,
    sint64Value: 2n ** 53n + 1n,
    fixed32Value: 7,
    fixed64Value: 2n ** 63n,
    sfixed32Value: -7,
    sfixed64Value: -7n,
    boolValue: true,
    stringValue: "a\u0000ü\u{1f980}",
    bytesValue: new Uint8Array([0, 255]),
    color: Color.BLUE,
    nested: { name: "", value: 0 },
    optionalString: "",
    repeatedInt32: [0, -1, 1],
    repeatedString: ["", "b"],
    repeatedNested: [{ name: "n", value: 1 }, {}],
    stringMap: { "": "empty", key: "" },
    nestedMap: { "-9223372036854775808": { name: "least" } },
    choice,
    timestamp: timestampFromMs(1_700_000_000_123),
    stringWrapper: "",
    repeatedColor: [Color.UNSPECIFIED, Color.RED],
  });
}

const choices: Kinds["choice"][] = [
  { case: "choiceString", value: "" },
  { case: "choiceNested", value: create(KindsSchema.field.nested.message as never) },
  { case: "choiceUint64", value: 0n },
  { case: undefined },
];

describe.each(["binary", "json"] as const)("createCodec() in the %s format", (format) => {
  const codec = createCodec(KindsSchema, { format });

  test.each(choices)("decode() gives back what encode() was given, with choice $case", (choice) => {
    const message = everyKind(choice);
    const decoded = codec.decode(codec.encode(message));
    expect(isMessage(decoded, KindsSchema)).toBe(true);
    expect(equals(KindsSchema, decoded, message)).toBe(true);
    expect(decoded.choice.case).toBe(choice.case);
  });

  test("decode() gives back an empty message", () => {
    const empty = create(KindsSchema);
    expect(equals(KindsSchema, codec.decode(codec.encode(empty)), empty)).toBe(true);
  });

  test("encode() throws a ProtokitError when a number is out of range", () => {
    const message = create(KindsSchema, { int32Value: 2 ** 40 });
    expect(report(() => codec.encode(message))).toMatch(
      /^encode false Cannot encode 'labwire\.testdata\.v1\.Kinds': .*1099511627776/,
    );
  });

  test("decode() throws only ProtokitErrors on random and on damaged bytes", () => {
    const random = mulberry32(1);
    const good = codec.encode(everyKind(choices[0] as Kinds["choice"]));
    const codes = new Set<unknown>();
    for (let round = 0; round < 4000; round++) {
      const damaged = good.slice(0, Math.floor(random() * good.length));
      for (let n = 0; n < 3; n++) damaged[Math.floor(random() * damaged.length)] = random() * 256;
      const noise = Uint8Array.from({ length: random() * 64 }, () => random() * 256);
      for (const bytes of [damaged, noise]) {
        try {
          codec.decode(bytes);
        } catch (error) {
          codes.add(error instanceof ProtokitError ? error.code : error);
        }
      }
    }
    expect([...codes]).toEqual(["decode"]);
  });
});

test("createCodec() defaults to binary, the bytes of protobuf-es", () => {
  const codec = createCodec(UnaryRequestSchema, { format: undefined });
  const message = create(UnaryRequestSchema, { text: "hi" });
  expect([codec.schema, codec.contentType]).toEqual([UnaryRequestSchema, "application/protobuf"]);
  expect(codec.encode(message)).toEqual(toBinary(UnaryRequestSchema, message));
});

test("createCodec() refuses a format that it does not know", () => {
  const options = { format: "xml" as "json" };
  expect(report(() => createCodec(UnaryRequestSchema, options))).toBe(
    "unknown false Cannot create a codec of 'labwire.testdata.v1.UnaryRequest' as 'format' must be 'binary' or 'json': current value is 'xml'",
  );
});

test("binary keeps unknown fields", () => {
  const bytes = createCodec(KindsSchema).encode(everyKind({ case: "choiceUint64", value: 1n }));
  const narrow = createCodec(StringValueSchema);
  const again = createCodec(KindsSchema).decode(narrow.encode(narrow.decode(withoutField1(bytes))));
  expect(again.stringMap).toEqual({ "": "empty", key: "" });
});

test("binary keeps the bits of a NaN, as Prometheus' stale marker needs", () => {
  const codec = createCodec(KindsSchema);
  const staleMarker = new Uint8Array([9, 2, 0, 0, 0, 0, 0, 0xf0, 0x7f]);
  expect(codec.encode(codec.decode(staleMarker))).toEqual(staleMarker);
});

test("binary keeps the sign of zero, which proto3 JSON in JavaScript loses", () => {
  const message = create(KindsSchema, { doubleValue: -0 });
  const decoded = (["binary", "json"] as const).map((format) => {
    const codec = createCodec(KindsSchema, { format });
    return codec.decode(codec.encode(message)).doubleValue;
  });
  expect(decoded).toEqual([-0, 0]);
});

test("json is proto3 JSON, and ignores unknown fields", () => {
  const codec = createCodec(KindsSchema, { format: "json" });
  const message = create(KindsSchema, { int64Value: 2n ** 60n, doubleValue: Number.NaN });
  expect(codec.contentType).toBe("application/json");
  expect(new TextDecoder().decode(codec.encode(message))).toBe(
    '{"doubleValue":"NaN","int64Value":"1152921504606846976"}',
  );
  const newer = new TextEncoder().encode('{"int64Value":"5","later":[1]}');
  expect(codec.decode(newer).int64Value).toBe(5n);
});

test("json refuses bytes that are not UTF-8", () => {
  const codec = createCodec(UnaryRequestSchema, { format: "json" });
  const bytes = Uint8Array.from([...new TextEncoder().encode('{"text":"'), 0xff, 0x22, 0x7d]);
  expect(report(() => codec.decode(bytes))).toMatch(/^decode false Cannot decode 12 bytes as/);
});

test("decode() throws a ProtokitError on nesting deeper than the stack", () => {
  expect(report(() => createCodec(StructSchema).decode(nestedStruct(100_000)))).toMatch(
    /^decode false Cannot decode \d+ bytes as 'google.protobuf.Struct'/,
  );
});

test("decode() throws a ProtokitError on a length beyond the input, without allocating it", () => {
  const twoGiB = new Uint8Array([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07]);
  expect(report(() => createCodec(UnaryRequestSchema).decode(twoGiB))).toMatch(/^decode false/);
});

function report(act: () => unknown): string {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtokitError) return `${error.code} ${error.retryable} ${error.message}`;
    throw error;
  }
  return "nothing was thrown";
}

/** Field 1 of Kinds is a double and of StringValue a string: leave it out. */
function withoutField1(kinds: Uint8Array): Uint8Array {
  return kinds[0] === 9 ? kinds.subarray(9) : kinds;
}

/** Bytes of `depth` list values, one in the other. */
function nestedStruct(depth: number): Uint8Array {
  const reversed: number[] = [];
  const prefix = (tag: number) => {
    const length: number[] = [];
    let rest = reversed.length;
    do {
      length.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
      rest >>>= 7;
    } while (rest > 0);
    reversed.push(...length.reverse(), tag);
  };
  for (let n = 0; n < depth; n++) {
    prefix(0x0a); // ListValue.values
    prefix(0x32); // Value.list_value
  }
  prefix(0x12); // FieldsEntry.value
  prefix(0x0a); // Struct.fields
  return Uint8Array.from(reversed.reverse());
}

function mulberry32(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}

test("decode() of a Buffer gives bytes fields as plain Uint8Arrays of the same memory", () => {
  const codec = createCodec(KindsSchema);
  const buffer = Buffer.from(
    codec.encode(create(KindsSchema, { bytesValue: new Uint8Array([7]) })),
  );
  const { bytesValue } = codec.decode(buffer);
  expect(bytesValue).toStrictEqual(new Uint8Array([7]));
  expect(bytesValue.constructor).toBe(Uint8Array);
  expect(bytesValue.buffer).toBe(buffer.buffer);
});
