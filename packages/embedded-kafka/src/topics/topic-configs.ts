// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type LogConfig, parseLogConfig } from "../log/log-config.ts";
import {
  atLeast,
  between,
  boolean,
  type ConfigType,
  double,
  int,
  listOf,
  long,
  replicas,
  word,
} from "./config-type.ts";

/** One config that topics have. */
export interface TopicConfig {
  readonly type: ConfigType;
  /** The value when none was set; null for none at all. */
  readonly defaultValue: string | null;
  /** The broker's config that Kafka takes the default from; undefined where it names none. */
  readonly brokerName: string | undefined;
  /** What it does, for DescribeConfigs (KIP-569). */
  readonly documentation: string;
  /** Whether it changes what this broker does. Others are kept and shown, for tools that set them. */
  readonly isEffective: boolean;
}

function config(
  type: ConfigType,
  defaultValue: string | null,
  brokerName: string | undefined,
  documentation: string,
): TopicConfig {
  return { type, defaultValue, brokerName, documentation, isEffective: true };
}

function unused(...args: Parameters<typeof config>): TopicConfig {
  return { ...config(...args), isEffective: false };
}

const noLimit = `${2n ** 63n - 1n}`;
const gzipLevel = (level: number | bigint) =>
  (level >= 1 && level <= 9) || Number(level) === -1
    ? undefined
    : "Value must be between 1 and 9 or equal to -1";

// Names, types, bounds and defaults are those of Apache Kafka 4.3.1:
// https://kafka.apache.org/documentation/#topicconfigs
/** All configs of topics, by name. */
export const topicConfigs: ReadonlyMap<string, TopicConfig> = new Map(
  Object.entries({
    "cleanup.policy": config(
      listOf("compact", "delete"),
      "delete",
      "log.cleanup.policy",
      "How old records go: 'delete' drops segments by age and size, 'compact' keeps the last record of each key; both can be given.",
    ),
    "compression.gzip.level": unused(
      int(gzipLevel),
      "-1",
      "compression.gzip.level",
      "Level of gzip, where compression.type asks for it.",
    ),
    "compression.lz4.level": unused(
      int(between(1, 17)),
      "9",
      "compression.lz4.level",
      "Level of lz4, where compression.type asks for it.",
    ),
    "compression.type": config(
      word("uncompressed", "zstd", "lz4", "snappy", "gzip", "producer"),
      "producer",
      "compression.type",
      "Codec in which batches are kept; 'producer' keeps the one in which they came.",
    ),
    "compression.zstd.level": unused(
      int(between(-131_072, 22)),
      "3",
      "compression.zstd.level",
      "Level of zstd, where compression.type asks for it.",
    ),
    "delete.retention.ms": config(
      long(atLeast(0)),
      "86400000",
      "log.cleaner.delete.retention.ms",
      "For how long compaction keeps records without a value, so that readers hear of the deletion.",
    ),
    "file.delete.delay.ms": unused(
      long(atLeast(0)),
      "60000",
      "log.segment.delete.delay.ms",
      "How long files that are no longer used stay on the disk.",
    ),
    "flush.messages": unused(
      long(atLeast(1)),
      noLimit,
      "log.flush.interval.messages",
      "Number of records after which the log is forced to the disk.",
    ),
    "flush.ms": unused(
      long(atLeast(0)),
      noLimit,
      undefined,
      "Time after which the log is forced to the disk.",
    ),
    "follower.replication.throttled.replicas": unused(
      replicas,
      "",
      undefined,
      "Replicas whose copying is slowed down where they follow.",
    ),
    "index.interval.bytes": unused(
      int(atLeast(0)),
      "4096",
      "log.index.interval.bytes",
      "Bytes of the log between two entries of its index.",
    ),
    "leader.replication.throttled.replicas": unused(
      replicas,
      "",
      undefined,
      "Replicas whose copying is slowed down where they lead.",
    ),
    "local.retention.bytes": unused(
      long(atLeast(-2)),
      "-2",
      "log.local.retention.bytes",
      "Bytes that stay on the broker when there is remote storage.",
    ),
    "local.retention.ms": unused(
      long(atLeast(-2)),
      "-2",
      "log.local.retention.ms",
      "Age up to which segments stay on the broker when there is remote storage.",
    ),
    "max.compaction.lag.ms": config(
      long(atLeast(1)),
      noLimit,
      "log.cleaner.max.compaction.lag.ms",
      "Age by which a record is compacted at the latest.",
    ),
    "max.message.bytes": config(
      int(atLeast(0)),
      "1048588",
      "message.max.bytes",
      "Largest batch that may be produced, as it comes, compressed or not.",
    ),
    "message.timestamp.after.max.ms": config(
      long(atLeast(0)),
      "3600000",
      "log.message.timestamp.after.max.ms",
      "How far a record's time may be ahead of the broker's.",
    ),
    "message.timestamp.before.max.ms": config(
      long(atLeast(0)),
      noLimit,
      "log.message.timestamp.before.max.ms",
      "How far a record's time may be behind the broker's.",
    ),
    "message.timestamp.type": config(
      word("CreateTime", "LogAppendTime"),
      "CreateTime",
      "log.message.timestamp.type",
      "Whose time a record has: its producer's, or the broker's when it was appended.",
    ),
    "min.cleanable.dirty.ratio": config(
      double(between(0, 1)),
      "0.5",
      "log.cleaner.min.cleanable.ratio",
      "Share of a log that must not have been compacted before it is compacted again.",
    ),
    "min.compaction.lag.ms": config(
      long(atLeast(0)),
      "0",
      "log.cleaner.min.compaction.lag.ms",
      "Age up to which a record is not compacted.",
    ),
    "min.insync.replicas": config(
      int(atLeast(1)),
      "1",
      "min.insync.replicas",
      "In-sync replicas that a producer with acks=all needs.",
    ),
    preallocate: unused(
      boolean,
      "false",
      "log.preallocate",
      "Whether a segment's file has its full size from the start.",
    ),
    "remote.log.copy.disable": unused(
      boolean,
      "false",
      undefined,
      "Whether nothing more goes to the remote storage.",
    ),
    "remote.log.delete.on.disable": unused(
      boolean,
      "false",
      undefined,
      "Whether what is in the remote storage goes when it is switched off.",
    ),
    "remote.storage.enable": unused(
      boolean,
      "false",
      undefined,
      "Whether old segments go to a remote storage, which this broker has not.",
    ),
    "retention.bytes": config(
      long(),
      "-1",
      "log.retention.bytes",
      "Size of a partition beyond which its oldest segments are dropped; -1 for no limit.",
    ),
    "retention.ms": config(
      long(atLeast(-1)),
      "604800000",
      undefined,
      "Age at which segments are dropped; -1 for no limit.",
    ),
    "segment.bytes": config(
      int(atLeast(1024 ** 2)),
      "1073741824",
      "log.segment.bytes",
      "Size at which a new segment of the log begins.",
    ),
    "segment.index.bytes": unused(
      int(atLeast(4)),
      "10485760",
      "log.index.size.max.bytes",
      "Size of a segment's index at most.",
    ),
    "segment.jitter.ms": unused(
      long(atLeast(0)),
      "0",
      undefined,
      "By how much segments begin earlier than segment.ms says, at random.",
    ),
    "segment.ms": config(
      long(atLeast(1)),
      "604800000",
      undefined,
      "Age at which a new segment of the log begins.",
    ),
    "unclean.leader.election.enable": unused(
      boolean,
      "false",
      "unclean.leader.election.enable",
      "Whether a replica that is not in sync may lead.",
    ),
  }),
);

/**
 * Broker configs that topics take their defaults from when they are set; topicConfigs names none
 * for these, as others in hours count when they are not set.
 */
const defaultsInMs: Readonly<Record<string, string>> = {
  "flush.ms": "log.flush.interval.ms",
  "retention.ms": "log.retention.ms",
  "segment.jitter.ms": "log.roll.jitter.ms",
  "segment.ms": "log.roll.ms",
};
const defaults: ReadonlyMap<string, string> = new Map(
  [...topicConfigs.keys()].flatMap((name) => {
    const brokerName = brokerNameOf(name);
    return brokerName === undefined ? [] : [[brokerName, name] as const];
  }),
);

/** The broker's config that is the default of a topic's; undefined where there is none. */
export function brokerNameOf(name: string): string | undefined {
  return topicConfigs.get(name)?.brokerName ?? defaultsInMs[name];
}

/** The topic's config whose default a broker's config is; undefined where it is none's. */
export function defaultOf(brokerName: string): string | undefined {
  return defaults.get(brokerName);
}

/** A segment's size without the bounds of segment.bytes: for tests, and shown only where it is set. */
const internalSegmentBytes = "internal.segment.bytes";
const internalConfigs: ReadonlyMap<string, TopicConfig> = new Map([
  [internalSegmentBytes, config(int(), null, undefined, "Size of a segment, for tests.")],
]);

/** A config by its name, also one that is not shown unless it is set. */
export function topicConfig(name: string): TopicConfig | undefined {
  return topicConfigs.get(name) ?? internalConfigs.get(name);
}

/** Says what is wrong with a topic's configs, in Kafka's words; undefined when nothing is. */
export function checkTopicConfigs(configs: Readonly<Record<string, string>>): string | undefined {
  const unknown = Object.keys(configs).find((name) => !topicConfig(name));
  if (unknown !== undefined) return `Unknown topic config name: ${unknown}`;
  for (const [name, value] of Object.entries(configs)) {
    const fault = topicConfig(name)?.type.check(name, value);
    if (fault) return fault;
  }
  const lag = (name: string) =>
    BigInt((configs[name] ?? topicConfig(name)?.defaultValue) as string);
  const [least, most] = [lag("min.compaction.lag.ms"), lag("max.compaction.lag.ms")];
  if (least > most) {
    return `conflict topic config setting min.compaction.lag.ms (${least}) > max.compaction.lag.ms (${most})`;
  }
  if (/true/i.test(configs["remote.storage.enable"] ?? "")) {
    return "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.";
  }
  return undefined;
}

/** What the configs that were set for a topic, which are valid, ask of its logs. */
export function logConfigOf(configs: Readonly<Record<string, string>>): LogConfig {
  const trimmed = Object.fromEntries(
    Object.entries(configs).map(([name, value]) => [name, value.trim()]),
  );
  const { [internalSegmentBytes]: segmentBytes, ...others } = trimmed;
  return parseLogConfig(
    segmentBytes === undefined ? others : { ...others, "segment.bytes": segmentBytes },
  );
}
