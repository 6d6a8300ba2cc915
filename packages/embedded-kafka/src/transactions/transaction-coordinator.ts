// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { Clock } from "../clock.ts";
import type { Coordinators } from "../cluster/coordinators.ts";
import type { Logger } from "../logger.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Journal, Storage } from "../storage/storage.ts";
import type { TopicPartition } from "../topics/topic-partition.ts";
import { complete, type EndRequest, endTransaction, fence } from "./end-transaction.ts";
import { type InitRequest, initProducer } from "./init-producer.ts";
import { Timers } from "./timers.ts";
import {
  hasPartition,
  isPrepared,
  none,
  type ProducerIdentity,
  type Transaction,
} from "./transaction.ts";

/** Kafka's transaction.max.timeout.ms. */
const maxTimeoutMs = 900_000;
/** Kafka's transactional.id.expiration.ms: how long an id that nobody uses is remembered. */
const expirationMs = 7 * 24 * 60 * 60 * 1000;
/** How long it takes until what could not be done is tried again. */
const retryMs = 1000;

/** The partitions and groups that take part in transactions. */
export interface Participants {
  /**
   * Tells those of a prepared transaction how it ends. Returns the ones that could not be told yet,
   * such as a partition that nobody leads.
   */
  tell(
    transaction: Transaction,
    coordinatorEpoch: number,
  ): Pick<Transaction, "partitions" | "groups">;
}

/** Options of {@link TransactionCoordinator}. */
export interface TransactionCoordinatorOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly coordinators: Coordinators;
  readonly participants: Participants;
}

/** What a producer is answered: an error code, with what it is from now on where that is NONE. */
export interface ProducerResult extends ProducerIdentity {
  readonly errorCode: number;
}

/** What is to be added to a transaction. */
export interface Addition {
  readonly partitions?: readonly TopicPartition[];
  readonly groups?: readonly string[];
}

/**
 * The transactions of the cluster (KIP-98). Every step is saved before it takes effect, so a restart
 * goes on where it was: what is open stays open, what was prepared is completed.
 */
export class TransactionCoordinator {
  readonly #options: TransactionCoordinatorOptions;
  readonly #journal: Journal;
  readonly #timers: Timers;

  constructor(options: TransactionCoordinatorOptions) {
    this.#options = options;
    this.#journal = options.storage.journal("transactions");
    this.#timers = new Timers(options.clock, (id) => this.#onTime(id));
  }

  /** Every transactional id with its last transaction. */
  get transactions(): Iterable<Transaction> {
    return this.#journal.entries.values() as Iterable<Transaction>;
  }

  get(id: string): Transaction | undefined {
    return this.#journal.entries.get(id) as Transaction | undefined;
  }

  /** Goes on with what was left open before a restart. Called once, when partitions have leaders. */
  start(): void {
    for (const transaction of [...this.transactions]) this.#follow(transaction);
  }

  /** Writes the markers that could not be written yet. Called when leaders or coordinators have moved. */
  resume(): void {
    for (const transaction of [...this.transactions]) {
      if (isPrepared(transaction)) this.#complete(transaction);
    }
  }

  /** Gives a producer its id and epoch: InitProducerId. Without a transactional id both are new. */
  init(request: Omit<InitRequest, "id"> & { readonly id: string | null }): ProducerResult {
    const { id, timeoutMs } = request;
    if (id === null) {
      return this.#guard(() => identityOf({ producerId: this.#newProducerId(), producerEpoch: 0 }));
    }
    if (id === "") return refused(errorCodes.INVALID_REQUEST);
    if (timeoutMs <= 0 || timeoutMs > maxTimeoutMs) {
      return refused(errorCodes.INVALID_TRANSACTION_TIMEOUT);
    }
    return this.#guard(() => {
      const current = this.get(id);
      const decided = initProducer(current, { ...request, id }, this.#newProducerId, this.#now());
      if (typeof decided === "number") return refused(decided);
      if (decided === "abort") {
        // As on Kafka: the producer asks again, and gets the epoch after that of the abort.
        this.#fence(current as Transaction);
        return refused(errorCodes.CONCURRENT_TRANSACTIONS);
      }
      this.#save(decided);
      return identityOf(decided);
    });
  }

  /** Adds partitions or groups to the producer's transaction, which begins with the first. */
  add(id: string, producer: ProducerIdentity, addition: Addition): number {
    const { partitions = [], groups = [] } = addition;
    return this.#guard(() => {
      const transaction = this.get(id);
      const errorCode = this.#check(id, transaction, producer);
      if (!transaction || errorCode !== errorCodes.NONE) return refused(errorCode);
      const newPartitions = distinct(partitions.filter((each) => !hasPartition(transaction, each)));
      const newGroups = groups.filter((group) => !transaction.groups.includes(group));
      const isOngoing = transaction.state === "Ongoing";
      const isIn = newPartitions.length + newGroups.length === 0;
      if (isOngoing && isIn) return identityOf(transaction);
      const now = this.#now();
      this.#save({
        ...transaction,
        state: "Ongoing",
        previousProducerId: transaction.producerId,
        partitions: [...transaction.partitions, ...newPartitions],
        groups: [...transaction.groups, ...newGroups],
        startMs: isOngoing ? transaction.startMs : now,
        updatedMs: now,
      });
      return identityOf(transaction);
    }).errorCode;
  }

  /** Says of each partition whether the producer's transaction has it; changes nothing. */
  verify(id: string, producer: ProducerIdentity, partitions: readonly TopicPartition[]): number[] {
    const transaction = this.get(id);
    const errorCode = this.#check(id, transaction, producer);
    return partitions.map((partition) => {
      if (!transaction || errorCode !== errorCodes.NONE) return errorCode;
      return hasPartition(transaction, partition)
        ? errorCodes.NONE
        : errorCodes.TRANSACTION_ABORTABLE;
    });
  }

  /** Like {@link verify}, of a group whose offsets are committed with the transaction. */
  verifyGroup(id: string, producer: ProducerIdentity, groupId: string): number {
    const transaction = this.get(id);
    const errorCode = this.#check(id, transaction, producer);
    if (!transaction || errorCode !== errorCodes.NONE) return errorCode;
    return transaction.groups.includes(groupId)
      ? errorCodes.NONE
      : errorCodes.TRANSACTION_ABORTABLE;
  }

  /** Commits or aborts: EndTxn. When it answers, that has been decided; markers may still follow. */
  end(id: string, request: EndRequest): ProducerResult {
    if (id === "") return refused(errorCodes.INVALID_REQUEST);
    return this.#guard(() => {
      const transaction = this.get(id);
      if (!transaction) return refused(errorCodes.INVALID_PRODUCER_ID_MAPPING);
      const decided = endTransaction(transaction, request, this.#newProducerId, this.#now());
      if (decided === errorCodes.NONE) return identityOf(transaction);
      if (typeof decided === "number") return refused(decided);
      this.#save(decided);
      const { nextProducerId } = decided;
      if (nextProducerId === none) return identityOf(decided);
      return identityOf({ producerId: nextProducerId, producerEpoch: 0 });
    });
  }

  close(): void {
    this.#timers.close();
  }

  /** Whether the producer is the one that has the id, and may add to its transaction. */
  #check(id: string, transaction: Transaction | undefined, producer: ProducerIdentity): number {
    const { producerId, producerEpoch } = producer;
    if (id === "") return errorCodes.INVALID_REQUEST;
    if (this.#isWithoutCoordinator(id)) return errorCodes.COORDINATOR_NOT_AVAILABLE;
    if (transaction?.producerId !== producerId) return errorCodes.INVALID_PRODUCER_ID_MAPPING;
    if (transaction.producerEpoch !== producerEpoch) return errorCodes.PRODUCER_FENCED;
    return isPrepared(transaction) ? errorCodes.CONCURRENT_TRANSACTIONS : errorCodes.NONE;
  }

  #newProducerId = (): number => this.#options.storage.nextProducerId();

  #now(): number {
    return this.#options.clock.now();
  }

  #save(transaction: Transaction): void {
    this.#journal.save(new Map([[transaction.id, transaction]]));
    this.#follow(transaction);
  }

  /** Does what comes after a step, at once or when its time has come. */
  #follow(transaction: Transaction): void {
    const { id, state, startMs, timeoutMs, updatedMs } = transaction;
    if (isPrepared(transaction)) this.#complete(transaction);
    else this.#timers.set(id, state === "Ongoing" ? startMs + timeoutMs : updatedMs + expirationMs);
  }

  /** Tells all who took part. Those who cannot be told yet are told later. */
  #complete(transaction: Transaction): void {
    const { participants, coordinators } = this.#options;
    const { id } = transaction;
    this.#timers.set(id, this.#now() + retryMs);
    if (this.#isWithoutCoordinator(id)) return;
    const { leaderEpoch } = coordinators.slotOf("transaction", id);
    const left = participants.tell(transaction, leaderEpoch);
    const { length } = [...left.partitions, ...left.groups];
    this.#guard(() => {
      if (length === 0) this.#save(complete(transaction, this.#now()));
      else if (length < transaction.partitions.length + transaction.groups.length) {
        this.#journal.save(new Map([[id, { ...transaction, ...left }]]));
      }
      return refused(errorCodes.NONE);
    });
  }

  #onTime(id: string): void {
    const transaction = this.get(id);
    if (!transaction) return;
    if (isPrepared(transaction)) this.#complete(transaction);
    else this.#expire(transaction);
  }

  /** Aborts a transaction that takes too long, or forgets an id that nobody uses. */
  #expire(transaction: Transaction): void {
    const { id, state } = transaction;
    this.#timers.set(id, this.#now() + retryMs);
    if (this.#isWithoutCoordinator(id)) return;
    this.#guard(() => {
      if (state === "Ongoing") this.#fence(transaction);
      else this.#forget(id);
      return refused(errorCodes.NONE);
    });
  }

  #fence(transaction: Transaction): void {
    this.#save(fence(transaction, this.#newProducerId, this.#now()));
  }

  #forget(id: string): void {
    this.#journal.save(new Map([[id, undefined]]));
    this.#timers.delete(id);
  }

  #isWithoutCoordinator(id: string): boolean {
    return this.#options.coordinators.nodeOf("transaction", id) === none;
  }

  /** Answers a fault of the disk with an error upon which producers try again. */
  #guard(step: () => ProducerResult): ProducerResult {
    try {
      return step();
    } catch (error) {
      this.#options.logger.error("Cannot save a step of a transaction", { error: String(error) });
      return refused(errorCodes.COORDINATOR_NOT_AVAILABLE);
    }
  }
}

/** Requests may name one partition several times, and it gets one marker. */
function distinct(partitions: readonly TopicPartition[]): TopicPartition[] {
  return [...new Map(partitions.map((each) => [`${each.topic}-${each.partition}`, each])).values()];
}

function identityOf({ producerId, producerEpoch }: ProducerIdentity): ProducerResult {
  return { errorCode: errorCodes.NONE, producerId, producerEpoch };
}

function refused(errorCode: number): ProducerResult {
  return { errorCode, producerId: none, producerEpoch: none };
}
