// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { EpochEnd } from "../log/leader-epochs.ts";
import type { LogRange } from "../log/partition-log.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Partition } from "../topics/topic.ts";

type Wanted = RequestOf<"fetch">["topics"][number]["partitions"][number];

/** A topic that a client fetches, by the one or the other. */
export interface FetchTopic {
  /** Empty in requests that name ids. */
  readonly name: string;
  /** In base64url; undefined in requests that name names. */
  readonly id: string | undefined;
  /** As it came, all zero for none. */
  readonly idBytes: Buffer;
}

/** A text that no two partitions of a request share. */
export function keyOf({ name, id }: FetchTopic, index: number): string {
  return `${id ?? name}/${index}`;
}

/** A partition that a client fetches: from where, and what was found there at the last look. */
export class FetchPartition {
  readonly topic: FetchTopic;
  readonly index: number;
  /** Of topic and number. */
  readonly key: string;
  offset = 0;
  maxBytes = 0;
  currentLeaderEpoch = -1;
  lastFetchedEpoch = -1;

  errorCode: number = errorCodes.NONE;
  /** Undefined when it was not found. */
  partition: Partition | undefined;
  /** Undefined when there is an error. */
  range: LogRange | undefined;
  /** Where the records ended that the client may read. */
  seenEnd = -1;
  divergingEpoch: EpochEnd | undefined;
  /** The topic's name, once it was found: an id whose topic is gone is told from one unheard of. */
  foundName: string | undefined;

  /** What the client of a session was told last. */
  toldHighWatermark = -1;
  toldStartOffset = -1;

  constructor(topic: FetchTopic, wanted: Wanted) {
    this.topic = topic;
    this.index = wanted.index;
    this.key = keyOf(topic, wanted.index);
    this.update(wanted);
  }

  /** Takes over what a request asks for. */
  update({ fetchOffset, maxBytes, currentLeaderEpoch, lastFetchedEpoch }: Wanted): void {
    this.offset = Number(fetchOffset);
    this.maxBytes = maxBytes;
    this.currentLeaderEpoch = currentLeaderEpoch;
    this.lastFetchedEpoch = lastFetchedEpoch;
  }

  /** Bytes that were found. */
  get length(): number {
    return this.range?.length ?? 0;
  }

  /** Lets go of what was found: a session outlives logs and their segments. */
  release(): void {
    this.partition = undefined;
    this.range = undefined;
  }

  /**
   * Whether the client of a session has yet to hear of it. An error is told each time, and what
   * comes after it too.
   */
  takeNews(): boolean {
    const log = this.errorCode === errorCodes.NONE ? this.partition?.log : undefined;
    const highWatermark = log?.endOffset ?? -1;
    const startOffset = log?.startOffset ?? -1;
    const isNews =
      !log ||
      this.length > 0 ||
      this.divergingEpoch !== undefined ||
      highWatermark !== this.toldHighWatermark ||
      startOffset !== this.toldStartOffset;
    this.toldHighWatermark = highWatermark;
    this.toldStartOffset = startOffset;
    return isNews;
  }
}
