// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { errorCodes } from "../protocol/error-codes.ts";

/** A batch that was not appended. */
export interface RefusedBatch {
  readonly errorCode: number;
  readonly errorMessage?: string;
  readonly recordErrors?: readonly { readonly batchIndex: number; readonly message: string }[];
}

/** As many records are named in the message for the whole batch. */
const maxNamed = 3;

/**
 * What Produce answers of a batch that was refused, in Kafka's words (KIP-467).
 *
 * @param partition topic and number, as messages name it
 */
export function describeRefusal(refused: RefusedBatch, partition: string) {
  const { errorCode, errorMessage = null, recordErrors = [] } = refused;
  if (recordErrors.length === 0) return { errorCode, errorMessage };
  const isRecord = errorCode === errorCodes.INVALID_RECORD;
  const where = isRecord ? ` in topic partition ${partition}` : "";
  const described = recordErrors.map(({ batchIndex, message }) => ({
    batchIndex,
    batchIndexErrorMessage: `${message}${where}`,
  }));
  const named = described
    .slice(0, maxNamed)
    .map(
      (one) => `RecordError(batchIndex=${one.batchIndex}, message='${one.batchIndexErrorMessage}')`,
    )
    .join(", ");
  const list = `, and only showing the first three errors at most: [${named}]`;
  return {
    errorCode,
    errorMessage: isRecord ? `${errorMessage}${list}` : errorMessage,
    recordErrors: described,
  };
}
