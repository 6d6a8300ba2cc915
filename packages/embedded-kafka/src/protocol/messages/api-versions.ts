// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int16, int32, int64, string } from "../schema.ts";

/** Which requests the broker knows, in which versions (KIP-35). */
export const apiVersions = api({
  key: 18,
  versions: [0, 4],
  flexibleSince: 3,
  request: {
    clientSoftwareName: string({ since: 3 }), // KIP-511
    clientSoftwareVersion: string({ since: 3 }), // KIP-511
  },
  response: {
    errorCode: int16(),
    apiKeys: array({ apiKey: int16(), minVersion: int16(), maxVersion: int16() }),
    throttleTimeMs: int32({ since: 1, default: 0 }), // KIP-124
    // KIP-584
    supportedFeatures: array(
      { name: string(), minVersion: int16(), maxVersion: int16() },
      { since: 3, tag: 0 },
    ),
    finalizedFeaturesEpoch: int64({ since: 3, tag: 1, default: -1n }), // KIP-584
    // KIP-584
    finalizedFeatures: array(
      { name: string(), maxVersionLevel: int16(), minVersionLevel: int16() },
      { since: 3, tag: 2 },
    ),
    zkMigrationReady: boolean({ since: 3, tag: 3, default: false }), // KIP-866
  },
});
