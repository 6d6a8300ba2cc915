// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { deepStrictEqual } from "node:assert";
import { create } from "@bufbuild/protobuf";
import { createCodec, ProtokitError } from "@labwire/protokit";
import { KindsSchema } from "../testdata/labwire/testdata/v1/kinds_pb.js";
import { test } from "./harness.js";

for (const format of ["binary", "json"]) {
  test(`createCodec() with ${format} gives back what it was given`, async () => {
    const codec = createCodec(KindsSchema, { format });
    const message = create(KindsSchema, {
      uint64Value: 18_446_744_073_709_551_615n,
      bytesValue: new Uint8Array([0, 1, 255]),
      stringMap: { a: "1" },
      choice: { case: "choiceString", value: "x" },
      timestamp: { seconds: 1n, nanos: 2 },
    });
    deepStrictEqual(codec.decode(codec.encode(message)), message);
  });
}

test("decode() throws a ProtokitError when bytes are cut short", async () => {
  try {
    createCodec(KindsSchema).decode(new Uint8Array([0x0a]));
  } catch (error) {
    deepStrictEqual([error instanceof ProtokitError, error.code], [true, "decode"]);
    return;
  }
  throw new Error("It did not throw");
});
