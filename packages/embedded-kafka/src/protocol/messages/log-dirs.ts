// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int16, int32, int64, list, string } from "../schema.ts";

/** Where logs lie and how large they are (KIP-113). */
export const describeLogDirs = api({
  key: 35,
  versions: [1, 5],
  flexibleSince: 2,
  request: {
    topics: array({ name: string(), partitions: list(int32()) }, { nullable: 1 }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16({ since: 3 }), // KIP-784
    results: array({
      errorCode: int16(),
      logDir: string(),
      topics: array({
        name: string(),
        partitions: array({
          index: int32(),
          partitionSize: int64(),
          offsetLag: int64(),
          isFutureKey: boolean(),
        }),
      }),
      totalBytes: int64({ since: 4, default: -1n }), // KIP-827
      usableBytes: int64({ since: 4, default: -1n }), // KIP-827
      isCordoned: boolean({ since: 5, default: false }), // KIP-1066
    }),
  },
});
