// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { RecordError } from "./produced-batch.ts";

/** What became of a batch: an offset, or an error code other than 0. */
export interface AppendResult {
  readonly errorCode: number;
  readonly errorMessage?: string;
  /** The records for which it was refused (KIP-467). */
  readonly recordErrors?: readonly RecordError[];
  /** Whether it was refused for what can be told without the log. */
  readonly isMalformed?: boolean;
  /** -1 when it was refused. */
  readonly baseOffset: number;
  /**
   * When it was appended, where the topic's records have that time; of a duplicate, as on Kafka, the
   * largest time of its records. Else -1.
   */
  readonly logAppendTimeMs: number;
}

/** Says that a batch was refused, and why. */
export function refused(refusal: {
  readonly errorCode: number;
  readonly errorMessage: string;
  readonly recordErrors?: readonly RecordError[];
  readonly isMalformed?: boolean;
}): AppendResult {
  const { errorCode, errorMessage, recordErrors = [], isMalformed = false } = refusal;
  return {
    errorCode,
    errorMessage,
    recordErrors,
    isMalformed,
    baseOffset: -1,
    logAppendTimeMs: -1,
  };
}
