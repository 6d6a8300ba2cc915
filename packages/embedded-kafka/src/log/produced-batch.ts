// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { BatchHeader } from "./record-batch.ts";

/** A record for which a batch is refused (KIP-467). */
export interface RecordError {
  /** Its place in the batch, from 0. */
  readonly batchIndex: number;
  readonly message: string;
}

/** Why a batch is refused. */
export interface Refusal {
  readonly isFine: false;
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly recordErrors?: readonly RecordError[];
  /** Whether it is refused for what can be told without the log. */
  readonly isMalformed?: boolean;
}

/** A batch that may be appended. */
export interface ProducedBatch {
  readonly isFine: true;
  /** Those that came, or others where the topic's configs ask for a change. */
  readonly bytes: Buffer;
  readonly header: BatchHeader;
}

/** Refuses a batch as a whole. */
export function refuse(errorCode: number, errorMessage: string): Refusal {
  return { isFine: false, errorCode, errorMessage };
}

/** Refuses what is not one batch of the newest format. */
export function refuseMalformed(errorCode: number, errorMessage: string): Refusal {
  return { ...refuse(errorCode, errorMessage), isMalformed: true };
}
