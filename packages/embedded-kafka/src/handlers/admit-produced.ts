// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { batchHeaderBytes, readBatchHeader } from "../log/record-batch.ts";
import type { RequestOf } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Partition, Topic } from "../topics/topic.ts";
import { type Admission, admitBatches } from "../transactions/admit.ts";
import type { RequestContext } from "./handler.ts";

/** A batch of a request, and where it is to go. */
export interface ProducedBatch {
  readonly topic: Topic;
  readonly index: number;
  readonly partition: Partition;
  readonly records: Buffer;
}

/** Says whether a batch may go to a partition; undefined when nothing speaks against it. */
export type Admit = (partition: Partition) => Admission | undefined;

/**
 * Asks the transaction of a request's producer whether its batches may be written (KIP-890).
 *
 * @param batches the transactional ones of those that can be appended here otherwise
 */
export function admitProduced(
  batches: readonly ProducedBatch[],
  { transactionalId }: RequestOf<"produce">,
  { cluster, version }: RequestContext,
): Admit {
  if (transactionalId === null) return () => undefined;
  // A batch without a producer is in no transaction, whatever it says.
  const produced = batches
    .filter(({ records }) => records.length >= batchHeaderBytes)
    .map((batch) => ({ ...batch, header: readBatchHeader(batch.records) }))
    .filter(({ header }) => header.producerId >= 0);
  const headers = produced.map(({ header }) => header);
  const [first] = headers;
  if (!first) return () => undefined;
  const { producerId, producerEpoch } = first;
  if (headers.some((header) => header.producerId !== producerId)) {
    return () => ({ errorCode: errorCodes.INVALID_PRODUCER_ID_MAPPING });
  }
  // Where the producer's transaction is known to the log nobody needs to be asked, as on Kafka.
  const asked = produced.filter(
    ({ partition, header }) =>
      !partition.log.hasTransaction(header.producerId, header.producerEpoch),
  );
  if (asked.length === 0) return () => undefined;
  const admissions = admitBatches(
    cluster.transactions,
    { transactionalId, producerId, producerEpoch, version },
    asked.map(({ topic, index }) => ({ topic: topic.name, partition: index })),
  );
  const refused = new Map(asked.map(({ partition }, at) => [partition, admissions[at]]));
  return (partition) => {
    const admission = refused.get(partition);
    return admission?.errorCode === errorCodes.NONE ? undefined : admission;
  };
}
