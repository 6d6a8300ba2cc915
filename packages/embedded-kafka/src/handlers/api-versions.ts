// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { type ApiId, apis } from "../protocol/apis.ts";
import { errorCodes } from "../protocol/error-codes.ts";
import type { Handler } from "./handler.ts";

/**
 * What clients may rely on beside the requests themselves (KIP-584): Kafka's features, up to the
 * level that is on. A level of 0 is off.
 */
const features: readonly { readonly name: string; readonly level: number }[] = [
  { name: "group.version", level: 1 }, // KIP-848
  { name: "transaction.version", level: 2 }, // KIP-890
];

/** Names and versions of clients that Kafka takes (KIP-511). */
const softwarePattern = /^[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?$/;

/** Answers with the requests that are served. */
export function createApiVersionsHandler(served: Iterable<ApiId>): Handler<"apiVersions"> {
  const apiKeys = [...served].map(rangeOf).sort((a, b) => a.apiKey - b.apiKey);
  return ({ clientSoftwareName, clientSoftwareVersion }, { version }) => {
    const isNamed =
      softwarePattern.test(clientSoftwareName) && softwarePattern.test(clientSoftwareVersion);
    if (version >= 3 && !isNamed) return { errorCode: errorCodes.INVALID_REQUEST, apiKeys: [] };
    return {
      errorCode: errorCodes.NONE,
      apiKeys,
      // Clients of version 3 cannot read a range that begins at 0, as these do.
      supportedFeatures: version < 4 ? [] : features.map(supported),
      finalizedFeaturesEpoch: 0n,
      finalizedFeatures: features.map(finalized),
    };
  };
}

/** For a version that is not served: in version 0, which every client can read (KIP-511). */
export function unsupportedApiVersions() {
  return { errorCode: errorCodes.UNSUPPORTED_VERSION, apiKeys: [rangeOf("apiVersions")] };
}

function rangeOf(id: ApiId) {
  const { key, served } = apis[id];
  // librdkafka cannot produce compressed batches unless it begins at 0 (KAFKA-18659): Kafka says
  // so too, and refuses those that are gone.
  const minVersion = id === "produce" ? 0 : served[0];
  return { apiKey: key, minVersion, maxVersion: served[1] };
}

const supported = ({ name, level }: (typeof features)[number]) => {
  return { name, minVersion: 0, maxVersion: level };
};

const finalized = ({ name, level }: (typeof features)[number]) => {
  return { name, minVersionLevel: level, maxVersionLevel: level };
};
