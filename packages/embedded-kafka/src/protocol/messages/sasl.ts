// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// Facts of the Kafka protocol, after the public message definitions of Apache Kafka 4.3.1
// (clients/src/main/resources/common/message, Apache-2.0).

import { api, array, bytes, int8, int16, int32, int64, list, never, string } from "../schema.ts";

/** Chooses how to authenticate (KIP-43). */
export const saslHandshake = api({
  key: 17,
  versions: [0, 1],
  flexibleSince: never,
  request: { mechanism: string() },
  response: { errorCode: int16(), mechanisms: list(string()) },
});

/** One step of authentication (KIP-152). */
export const saslAuthenticate = api({
  key: 36,
  versions: [0, 2],
  flexibleSince: 2,
  request: { authBytes: bytes() },
  response: {
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    authBytes: bytes(),
    sessionLifetimeMs: int64({ since: 1, default: 0n }), // KIP-368
  },
});

/** Which users have SCRAM credentials (KIP-554). */
export const describeUserScramCredentials = api({
  key: 50,
  versions: [0, 0],
  flexibleSince: 0,
  request: {
    users: array({ name: string() }, { nullable: 0 }),
  },
  response: {
    throttleTimeMs: int32({ default: 0 }),
    errorCode: int16(),
    errorMessage: string({ nullable: 0 }),
    results: array({
      user: string(),
      errorCode: int16(),
      errorMessage: string({ nullable: 0 }),
      credentialInfos: array({ mechanism: int8(), iterations: int32() }),
    }),
  },
});
