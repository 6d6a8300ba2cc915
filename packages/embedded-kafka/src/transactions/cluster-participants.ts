// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { GroupCoordinator } from "../groups/group-coordinator.ts";
import type { NewMarker } from "../log/partition-log.ts";
import type { Logger } from "../logger.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { TopicCatalog } from "../topics/topic-catalog.ts";
import { none, type Transaction } from "./transaction.ts";
import type { Participants } from "./transaction-coordinator.ts";

/** Where transactions leave their markers. */
export interface ClusterParticipantsOptions {
  readonly topics: TopicCatalog;
  readonly groups: GroupCoordinator;
  readonly logger: Logger;
}

/** The partitions and groups of the cluster, as they are told how transactions end. */
export class ClusterParticipants implements Participants {
  readonly #options: ClusterParticipantsOptions;

  constructor(options: ClusterParticipantsOptions) {
    this.#options = options;
  }

  /** Writes markers to partitions, and commits or drops the offsets of groups. */
  tell(
    transaction: Transaction,
    coordinatorEpoch: number,
  ): Pick<Transaction, "partitions" | "groups"> {
    const { producerId, producerEpoch, state, partitions, groups } = transaction;
    const isCommit = state === "PrepareCommit";
    const marker = { producerId, producerEpoch, isCommit, coordinatorEpoch };
    const complete = () => {
      // All groups of the transaction at once: for the second there is nothing left to do.
      this.#options.groups.completeTransaction(producerId, isCommit);
      return true;
    };
    return {
      partitions: partitions.filter(({ topic, partition }) => {
        return !this.#succeeds(`${topic}-${partition}`, () => this.#mark(topic, partition, marker));
      }),
      groups: groups.filter(
        (group) => !this.#succeeds(`the offsets of group '${group}'`, complete),
      ),
    };
  }

  #mark(topic: string, index: number, marker: NewMarker): boolean {
    const partition = this.#options.topics.partition(topic, index);
    if (!partition) return true; // Its topic was deleted meanwhile.
    if (partition.leader === none) return false;
    const { errorCode, errorMessage } = partition.log.appendMarker(marker, partition.leaderEpoch);
    if (errorCode === errorCodes.KAFKA_STORAGE_ERROR) return false;
    if (errorCode !== errorCodes.NONE) {
      this.#options.logger.warn(`${topic}-${index} refused a marker: ${errorMessage}`);
    }
    return true;
  }

  #succeeds(what: string, tell: () => boolean): boolean {
    try {
      return tell();
    } catch (error) {
      this.#options.logger.error(`Cannot end a transaction in ${what}`, { error: String(error) });
      return false;
    }
  }
}
