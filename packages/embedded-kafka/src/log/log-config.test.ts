// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { expect, test } from "vitest";
import { defaultLogConfig, parseLogConfig } from "./log-config.ts";

test("parseLogConfig() gives the defaults when nothing is set", () => {
  expect(parseLogConfig({})).toEqual(defaultLogConfig);
});

test("parseLogConfig() takes -1 and the largest long for no limit", () => {
  const config = parseLogConfig({
    "retention.ms": "-1",
    "retention.bytes": "5",
    "max.compaction.lag.ms": "9223372036854775807",
    "cleanup.policy": "compact, delete",
    "message.timestamp.type": "LogAppendTime",
    "compression.type": "zstd",
    "min.cleanable.dirty.ratio": "0.25",
  });
  expect(config).toEqual({
    ...defaultLogConfig,
    retentionMs: Infinity,
    retentionBytes: 5,
    isCompacted: true,
    isLogAppendTime: true,
    compressionType: "zstd",
    minCleanableDirtyRatio: 0.25,
  });
});
