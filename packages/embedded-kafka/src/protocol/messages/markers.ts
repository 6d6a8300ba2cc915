// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int8, int16, int32, int64, list, string } from "../schema.ts";

/** Ends transactions in partitions, as coordinators ask of leaders and tools of hanging ones (KIP-98). */
export const writeTxnMarkers = api({
  key: 27,
  versions: [1, 2],
  flexibleSince: 1,
  request: {
    markers: array({
      producerId: int64(),
      producerEpoch: int16(),
      transactionResult: boolean(),
      topics: array({
        name: string(),
        partitions: list(int32()),
      }),
      coordinatorEpoch: int32(),
      transactionVersion: int8({ since: 2, default: 0 }), // KIP-1228
    }),
  },
  response: {
    markers: array({
      producerId: int64(),
      topics: array({
        name: string(),
        partitions: array({
          index: int32(),
          errorCode: int16(),
        }),
      }),
    }),
  },
});
