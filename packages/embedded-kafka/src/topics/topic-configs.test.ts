// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { defaultLogConfig } from "../log/log-config.ts";
import { checkTopicConfigs, logConfigOf, topicConfigs } from "./topic-configs.ts";

const invalid = (name: string, value: string, reason: string) =>
  `Invalid value ${value} for configuration ${name}: ${reason}`;

// The answers of Apache Kafka 4.3.1.
test.each([
  ["retention.ms", "-1", undefined],
  ["retention.ms", " 7 ", undefined],
  ["retention.ms", "+7", undefined],
  ["retention.ms", "9223372036854775807", undefined],
  ["retention.ms", "-2", invalid("retention.ms", "-2", "Value must be at least -1")],
  ["retention.ms", "abc", invalid("retention.ms", "abc", "Not a number of type LONG")],
  ["retention.ms", "1.5", invalid("retention.ms", "1.5", "Not a number of type LONG")],
  ["retention.ms", "", invalid("retention.ms", "", "Not a number of type LONG")],
  [
    "retention.ms",
    "9223372036854775808",
    invalid("retention.ms", "9223372036854775808", "Not a number of type LONG"),
  ],
  ["max.message.bytes", "0", undefined],
  [
    "max.message.bytes",
    "2147483648",
    invalid("max.message.bytes", "2147483648", "Not a number of type INT"),
  ],
  ["segment.bytes", "5", invalid("segment.bytes", "5", "Value must be at least 1048576")],
  ["internal.segment.bytes", "5", undefined],
  ["min.cleanable.dirty.ratio", "0.25", undefined],
  [
    "min.cleanable.dirty.ratio",
    "2",
    invalid("min.cleanable.dirty.ratio", "2.0", "Value must be no more than 1"),
  ],
  [
    "min.cleanable.dirty.ratio",
    "x",
    invalid("min.cleanable.dirty.ratio", "x", "Not a number of type DOUBLE"),
  ],
  ["cleanup.policy", "", undefined],
  ["cleanup.policy", "compact, delete", undefined],
  ["cleanup.policy", "delete,,compact", "Configuration 'cleanup.policy' values must not be empty."],
  [
    "cleanup.policy",
    "delete,foo",
    invalid("cleanup.policy", "foo", "String must be one of: compact, delete"),
  ],
  ["preallocate", "TRUE", undefined],
  [
    "preallocate",
    "yes",
    invalid("preallocate", "yes", "Expected value to be either true or false"),
  ],
  [
    "compression.gzip.level",
    "0",
    invalid("compression.gzip.level", "0", "Value must be between 1 and 9 or equal to -1"),
  ],
  [
    "compression.type",
    "foo",
    invalid(
      "compression.type",
      "foo",
      "String must be one of: uncompressed, zstd, lz4, snappy, gzip, producer",
    ),
  ],
  ["leader.replication.throttled.replicas", "*", undefined],
  ["leader.replication.throttled.replicas", "0:1,1:2", undefined],
  [
    "leader.replication.throttled.replicas",
    "x",
    invalid(
      "leader.replication.throttled.replicas",
      "[x]",
      "leader.replication.throttled.replicas must be the literal '*' or a list of replicas in the following format: [partitionId]:[brokerId],[partitionId]:[brokerId],...",
    ),
  ],
  ["min.compaction.lag.ms", "9223372036854775807", undefined],
  [
    "remote.storage.enable",
    "true",
    "Tiered Storage functionality is disabled in the broker. Topic cannot be configured with remote log storage.",
  ],
  ["message.format.version", "3.0", "Unknown topic config name: message.format.version"],
  ["__proto__", "1", "Unknown topic config name: __proto__"],
])("checkTopicConfigs() judges %s=%j as Kafka does", (name, value, expected) => {
  expect(checkTopicConfigs(Object.fromEntries([[name, value]]))).toBe(expected);
});

test("checkTopicConfigs() compares the lags of compaction", () => {
  const configs = { "min.compaction.lag.ms": "10", "max.compaction.lag.ms": "5" };
  expect(checkTopicConfigs(configs)).toBe(
    "conflict topic config setting min.compaction.lag.ms (10) > max.compaction.lag.ms (5)",
  );
});

test("topicConfigs has defaults that are valid, and those that logs go by", () => {
  const defaults = [...topicConfigs].map(([name, config]) => [name, config.defaultValue ?? ""]);
  const configs: Record<string, string> = Object.fromEntries(defaults);
  expect([topicConfigs.size, checkTopicConfigs(configs), logConfigOf(configs)]).toEqual([
    33,
    undefined,
    defaultLogConfig,
  ]);
});

test("logConfigOf() gives logs what the configs say, without the blanks around it", () => {
  const { isCompacted, isDeleted, retentionMs, segmentBytes, isLogAppendTime } = logConfigOf({
    "cleanup.policy": " compact ",
    "retention.ms": " -1 ",
    "internal.segment.bytes": "100",
    "segment.bytes": "2000000",
    "message.timestamp.type": " LogAppendTime",
  });
  expect({ isCompacted, isDeleted, retentionMs, segmentBytes, isLogAppendTime }).toEqual({
    isCompacted: true,
    isDeleted: false,
    retentionMs: Infinity,
    segmentBytes: 100,
    isLogAppendTime: true,
  });
});
