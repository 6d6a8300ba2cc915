// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { EnvelopeScanner } from "./envelope-scanner.ts";

const endFlag = 0x02;

function envelope(flags: number, payload: string): Uint8Array {
  const bytes = new TextEncoder().encode(payload);
  return new Uint8Array([flags, 0, 0, 0, bytes.length, ...bytes]);
}

const body = Buffer.concat([
  envelope(0, "first"),
  envelope(0, ""),
  envelope(1, "the third"),
  envelope(endFlag, "{}"),
]);

test.each([1, 2, 5, 7, 100])("EnvelopeScanner finds messages in chunks of %i bytes", (size) => {
  const total = { messages: 0, messageBytes: 0, wireBytes: 0 };
  const lengths: number[] = [];
  const ends: string[] = [];
  const scanner = new EnvelopeScanner(endFlag, {
    message: (bytes) => lengths.push(bytes),
    passed(messages, messageBytes, wireBytes) {
      total.messages += messages;
      total.messageBytes += messageBytes;
      total.wireBytes += wireBytes;
    },
    ended: (flags, payload) => ends.push(`${flags} ${new TextDecoder().decode(payload)}`),
  });
  for (let from = 0; from < body.length; from += size) {
    scanner.take(body.subarray(from, from + size));
  }
  expect({ ...total, lengths, ends }).toEqual({
    ...{ messages: 3, messageBytes: 14, wireBytes: body.length },
    ...{ lengths: [5, 0, 9], ends: ["2 {}"] },
  });
});
