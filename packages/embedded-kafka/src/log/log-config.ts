// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { CompressionName } from "./compression/compression.ts";

const dayMs = 24 * 60 * 60 * 1000;

/**
 * What the configs of a topic ask of its logs. Times are in milliseconds, sizes in bytes, and what
 * has no limit is Infinity. Meaning and defaults are Kafka's:
 * https://kafka.apache.org/documentation/#topicconfigs
 */
export interface LogConfig {
  /** `cleanup.policy` names `delete`. */
  readonly isDeleted: boolean;
  /** `cleanup.policy` names `compact`. */
  readonly isCompacted: boolean;
  readonly retentionMs: number;
  readonly retentionBytes: number;
  readonly segmentBytes: number;
  readonly segmentMs: number;
  /** Largest batch that may be produced. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.type` is `LogAppendTime`. */
  readonly isLogAppendTime: boolean;
  readonly timestampBeforeMaxMs: number;
  readonly timestampAfterMaxMs: number;
  /** "producer" keeps what producers chose. */
  readonly compressionType: CompressionName | "producer";
  readonly deleteRetentionMs: number;
  readonly minCompactionLagMs: number;
  readonly maxCompactionLagMs: number;
  /** From 0 to 1. */
  readonly minCleanableDirtyRatio: number;
  /** `producer.id.expiration.ms` of the broker: for so long an idle producer is remembered. */
  readonly producerIdExpirationMs: number;
}

/** The config of a topic for which nothing was set. */
export const defaultLogConfig: LogConfig = {
  isDeleted: true,
  isCompacted: false,
  retentionMs: 7 * dayMs,
  retentionBytes: Infinity,
  segmentBytes: 1024 ** 3,
  segmentMs: 7 * dayMs,
  maxMessageBytes: 1024 ** 2 + 12,
  isLogAppendTime: false,
  timestampBeforeMaxMs: Infinity,
  timestampAfterMaxMs: 60 * 60 * 1000,
  compressionType: "producer",
  deleteRetentionMs: dayMs,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Infinity,
  minCleanableDirtyRatio: 0.5,
  producerIdExpirationMs: dayMs,
};

/** Makes a log's config of the configs that were set for its topic, of which each is valid. */
export function parseLogConfig(configs: Readonly<Record<string, string>>): LogConfig {
  const defaults = defaultLogConfig;
  const number = (name: string, fallback: number) => {
    const value = configs[name];
    return value === undefined ? fallback : Number(value);
  };
  const limit = (name: string, fallback: number) => {
    const value = number(name, fallback);
    // Kafka has -1 or the largest long for no limit.
    return value < 0 || value > Number.MAX_SAFE_INTEGER ? Infinity : value;
  };
  const policies = configs["cleanup.policy"]?.split(",").map((policy) => policy.trim());
  return {
    isDeleted: policies?.includes("delete") ?? defaults.isDeleted,
    isCompacted: policies?.includes("compact") ?? defaults.isCompacted,
    retentionMs: limit("retention.ms", defaults.retentionMs),
    retentionBytes: limit("retention.bytes", defaults.retentionBytes),
    segmentBytes: number("segment.bytes", defaults.segmentBytes),
    segmentMs: limit("segment.ms", defaults.segmentMs),
    maxMessageBytes: number("max.message.bytes", defaults.maxMessageBytes),
    isLogAppendTime: configs["message.timestamp.type"] === "LogAppendTime",
    timestampBeforeMaxMs: limit("message.timestamp.before.max.ms", defaults.timestampBeforeMaxMs),
    timestampAfterMaxMs: limit("message.timestamp.after.max.ms", defaults.timestampAfterMaxMs),
    compressionType: (configs["compression.type"] ??
      defaults.compressionType) as LogConfig["compressionType"],
    deleteRetentionMs: limit("delete.retention.ms", defaults.deleteRetentionMs),
    minCompactionLagMs: limit("min.compaction.lag.ms", defaults.minCompactionLagMs),
    maxCompactionLagMs: limit("max.compaction.lag.ms", defaults.maxCompactionLagMs),
    minCleanableDirtyRatio: number("min.cleanable.dirty.ratio", defaults.minCleanableDirtyRatio),
    producerIdExpirationMs: limit("producer.id.expiration.ms", defaults.producerIdExpirationMs),
  };
}
