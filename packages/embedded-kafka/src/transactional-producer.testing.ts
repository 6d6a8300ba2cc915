// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorNameOf } from "./error-name.testing.ts";
import { createBatch } from "./log/record-batch.testing.ts";
import { attributeBits } from "./log/record-batch.ts";
import type { RawClient } from "./raw-client.testing.ts";

/** Options of {@link TransactionalProducer}. */
export interface TransactionalProducerOptions {
  readonly id: string;
  /** Default one minute. */
  readonly timeoutMs?: number;
  /** Whether it does as clients since Kafka 4.0 do (KIP-890). Default true. */
  readonly bumpsEpoch?: boolean;
}

/** A producer that says what it is told to say, also when that is wrong. */
export class TransactionalProducer {
  readonly id: string;
  readonly #options: TransactionalProducerOptions;
  readonly #sequences = new Map<string, number>();
  producerId = -1;
  producerEpoch = -1;

  constructor(options: TransactionalProducerOptions) {
    this.id = options.id;
    this.#options = options;
  }

  /** Asks for its id and epoch once. */
  async tryInit(client: RawClient): Promise<string> {
    const { errorCode, producerId, producerEpoch } = await client.call("initProducerId", 5, {
      transactionalId: this.id,
      transactionTimeoutMs: this.#options.timeoutMs ?? 60_000,
      producerId: -1n,
      producerEpoch: -1,
    });
    if (errorCode === 0) this.#become(Number(producerId), producerEpoch);
    return errorNameOf(errorCode);
  }

  /** Asks for its id and epoch, again when a transaction that was open had to be aborted first. */
  async init(client: RawClient): Promise<void> {
    const first = await this.tryInit(client);
    const error = first === "CONCURRENT_TRANSACTIONS" ? await this.tryInit(client) : first;
    if (error !== "NONE") throw new Error(`Cannot start the producer '${this.id}': ${error}`);
  }

  /** Adds a partition to the transaction, as is not needed where it bumps its epoch. */
  async add(client: RawClient, topic: string, partition: number): Promise<string> {
    const { resultsByTopicV3AndBelow } = await client.call("addPartitionsToTxn", 3, {
      v3AndBelowTransactionalId: this.id,
      v3AndBelowProducerId: BigInt(this.producerId),
      v3AndBelowProducerEpoch: this.producerEpoch,
      v3AndBelowTopics: [{ name: topic, partitions: [partition] }],
    });
    return errorNameOf(
      resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1,
    );
  }

  /** Appends records. Returns the error and the offset of the first. */
  async produce(client: RawClient, topic: string, partition: number, values: string[]) {
    const key = `${topic}-${partition}`;
    const baseSequence = this.#sequences.get(key) ?? 0;
    const { producerId, producerEpoch } = this;
    const { topics } = await client.call("produce", this.#bumps ? 12 : 9, {
      transactionalId: this.id,
      acks: -1,
      timeoutMs: 1000,
      topics: [
        {
          name: topic,
          partitions: [
            {
              index: partition,
              records: createBatch({
                values,
                attributes: attributeBits.transactional,
                producerId,
                producerEpoch,
                baseSequence,
              }),
            },
          ],
        },
      ],
    });
    const { errorCode = -1, baseOffset = -1n } = topics[0]?.partitions[0] ?? {};
    if (errorCode === 0) this.#sequences.set(key, baseSequence + values.length);
    return { error: errorNameOf(errorCode), baseOffset: Number(baseOffset) };
  }

  /** Commits or aborts. */
  async end(client: RawClient, committed: boolean): Promise<string> {
    const { errorCode, producerId, producerEpoch } = await client.call(
      "endTxn",
      this.#bumps ? 5 : 4,
      {
        transactionalId: this.id,
        producerId: BigInt(this.producerId),
        producerEpoch: this.producerEpoch,
        committed,
      },
    );
    if (errorCode === 0 && this.#bumps) this.#become(Number(producerId), producerEpoch);
    return errorNameOf(errorCode);
  }

  get #bumps(): boolean {
    return this.#options.bumpsEpoch ?? true;
  }

  #become(producerId: number, producerEpoch: number): void {
    this.producerId = producerId;
    this.producerEpoch = producerEpoch;
    this.#sequences.clear();
  }
}
