// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

/** The configs of a topic with Kafka's defaults. */
const defaults: Readonly<Record<string, string>> = {
  "cleanup.policy": "delete",
  "compression.type": "producer",
  "delete.retention.ms": "86400000",
  "file.delete.delay.ms": "60000",
  "flush.messages": "9223372036854775807",
  "flush.ms": "9223372036854775807",
  "index.interval.bytes": "4096",
  "max.compaction.lag.ms": "9223372036854775807",
  "max.message.bytes": "1048588",
  "message.timestamp.after.max.ms": "3600000",
  "message.timestamp.before.max.ms": "9223372036854775807",
  "message.timestamp.type": "CreateTime",
  "min.cleanable.dirty.ratio": "0.5",
  "min.compaction.lag.ms": "0",
  "min.insync.replicas": "1",
  preallocate: "false",
  "retention.bytes": "-1",
  "retention.ms": "604800000",
  "segment.bytes": "1073741824",
  "segment.index.bytes": "10485760",
  "segment.jitter.ms": "0",
  "segment.ms": "604800000",
  "unclean.leader.election.enable": "false",
};

/** The configs that change what this broker does. Others are kept and shown, for tools that set them. */
const effective = new Set(["max.message.bytes"]);

/** Names of all topic configs. */
export const topicConfigNames: readonly string[] = Object.keys(defaults);

/** The value when none was set. */
export function defaultTopicConfig(name: string): string | undefined {
  return Object.hasOwn(defaults, name) ? defaults[name] : undefined;
}

/** Whether setting it changes what this broker does. */
export function isEffective(name: string): boolean {
  return effective.has(name);
}

/** Says what is wrong with a config that is to be set; undefined when nothing is. */
export function checkTopicConfig(name: string, value: string | null): string | undefined {
  if (!Object.hasOwn(defaults, name)) return `Unknown topic config name: ${name}`;
  if (value === null) return `Null value not supported for topic configs: ${name}`;
  const isCount = /^(0|[1-9]\d{0,9})$/.test(value) && Number(value) <= 0x7fffffff;
  if (name === "max.message.bytes" && !isCount) {
    return `Invalid value ${value} for configuration ${name}: Not a number of bytes`;
  }
  return undefined;
}
