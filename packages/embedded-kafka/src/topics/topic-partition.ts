// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A partition by the name of its topic. */
export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}
