// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** A slip in a number must not make a million logs. */
export const maxPartitions = 10_000;

/** Says whether a name may be a topic's, by Kafka's rules. */
export function isTopicName(name: string): boolean {
  return /^[a-zA-Z0-9._-]{1,249}$/.test(name) && name !== "." && name !== "..";
}
