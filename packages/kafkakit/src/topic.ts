// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { DescMessage, MessageShape } from "@bufbuild/protobuf";
import { type Codec, createCodec } from "@labwire/protokit";

/** A topic and the messages in it. */
export interface Topic<Desc extends DescMessage = DescMessage> {
  readonly name: string;
  readonly schema: Desc;
  readonly codec: Codec<MessageShape<Desc>>;
  /** The key of a message: those with the same key stay in order. Null is no key. */
  key(message: MessageShape<Desc>): Uint8Array | string | null;
}

/** Options of {@link topic}. */
export interface TopicOptions<Desc extends DescMessage> {
  /**
   * The key of a message: those with the same key go to the same partition, and stay in order.
   * Default: no key, so messages spread over the partitions and have no order.
   */
  key?: (message: MessageShape<Desc>) => Uint8Array | string | null;
  /** Turns messages into bytes. Default: the Protobuf binary format. */
  codec?: Codec<MessageShape<Desc>>;
}

/** Names a topic and the messages in it, for `producer.send`. */
export function topic<Desc extends DescMessage>(
  name: string,
  schema: Desc,
  { key = () => null, codec = createCodec(schema) }: TopicOptions<Desc> = {},
): Topic<Desc> {
  return { name, schema, codec, key };
}
