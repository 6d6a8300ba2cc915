// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";

const prefixBytes = 4;

/** Reads messages, each after its size as a big-endian integer of 32 bits, until the input ends. */
export async function* readMessages<T extends DescMessage>(
  schema: T,
  input: AsyncIterable<Uint8Array>,
): AsyncGenerator<MessageShape<T>> {
  let buffered: Buffer = Buffer.alloc(0);
  for await (const chunk of input) {
    buffered = Buffer.concat([buffered, chunk]);
    for (let end = endOfFirst(buffered); end <= buffered.length; end = endOfFirst(buffered)) {
      yield fromBinary(schema, buffered.subarray(prefixBytes, end));
      buffered = buffered.subarray(end);
    }
  }
  if (buffered.length > 0) {
    throw new Error(`Cannot read a ${schema.typeName}: the input ends within it`);
  }
}

function endOfFirst(buffered: Buffer): number {
  if (buffered.length < prefixBytes) return Number.POSITIVE_INFINITY;
  return prefixBytes + buffered.readUInt32BE(0);
}

/** The bytes of a message after their size, as {@link readMessages} takes them. */
export function encodeMessage<T extends DescMessage>(schema: T, init: MessageInitShape<T>): Buffer {
  const bytes = toBinary(schema, create(schema, init));
  const prefix = Buffer.alloc(prefixBytes);
  prefix.writeUInt32BE(bytes.length);
  return Buffer.concat([prefix, bytes]);
}
