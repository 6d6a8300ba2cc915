// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, boolean, int8, int16, int32, list, string } from "../schema.ts";

/** Configuration of topics, groups and brokers (KIP-133). */
export const describeConfigs = api({
  key: 32,
  versions: [1, 4],
  flexibleSince: 4,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configNames: list(string(), { nullable: 1 }),
    }),
    includeSynonyms: boolean({ default: false }), // KIP-226
    includeDocumentation: boolean({ since: 3, default: false }), // KIP-569
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    results: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 1 }),
      resourceType: int8(),
      resourceName: string(),
      configs: array({
        name: string(),
        value: string({ nullable: 1 }),
        readOnly: boolean(),
        source: int8({ default: -1 }), // KIP-226
        isSensitive: boolean({ default: false }),
        // KIP-226
        synonyms: array(
          { name: string(), value: string({ nullable: 1 }), source: int8() },
          { default: [] },
        ),
        configType: int8({ since: 3, default: 0 }), // KIP-569
        documentation: string({ since: 3, nullable: 3, default: null }), // KIP-569
      }),
    }),
  },
});

/** Replaces the configuration of topics, groups and brokers (KIP-133). */
export const alterConfigs = api({
  key: 33,
  versions: [0, 2],
  flexibleSince: 2,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({ name: string(), value: string({ nullable: 0 }) }),
    }),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
});

/** Changes single configs (KIP-339). */
export const incrementalAlterConfigs = api({
  key: 44,
  versions: [0, 1],
  flexibleSince: 1,
  request: {
    resources: array({
      resourceType: int8(),
      resourceName: string(),
      configs: array({ name: string(), configOperation: int8(), value: string({ nullable: 0 }) }),
    }),
    validateOnly: boolean(),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    responses: array({
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      resourceType: int8(),
      resourceName: string(),
    }),
  },
});

/** What has a configuration (KIP-1142; client metrics alone before it, KIP-1000). */
export const listConfigResources = api({
  key: 74,
  versions: [0, 1],
  flexibleSince: 0,
  request: {
    resourceTypes: list(int8(), { since: 1 }), // KIP-1142
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    configResources: array({
      resourceName: string(),
      resourceType: int8({ since: 1, default: 16 }), // KIP-1142
    }),
  },
});
