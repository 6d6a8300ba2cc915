// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import type { ApiId } from "../src/protocol/apis.ts";
import { errorCodes } from "../src/protocol/error-codes.ts";
import type { Operation } from "./operation.ts";
import { type Spot, spots } from "./spots.ts";

/** Where the embedded broker answers otherwise than Apache Kafka 4.3.1, and why. */
export interface PurposefulDifference {
  readonly apis: readonly ApiId[];
  /** Paths in the answer, without the numbers of lists; what is below them is taken as a whole. */
  readonly paths: readonly string[];
  readonly why: string;
  /** Whether it explains what the two have there. Default: whatever they have. */
  explains?(spot: Spot, operation: Operation): boolean;
}

const differences: readonly PurposefulDifference[] = [
  {
    apis: ["metadata"],
    paths: ["topics"],
    why: "A topic that is made because a client asks for it is in the answer at once; Apache Kafka answers UNKNOWN_TOPIC_OR_PARTITION until it is made",
    explains: ({ kafka, embedded }) => {
      const isTold = (answer: unknown, errorCode: number) =>
        (answer as { errorCode: number }[])[0]?.errorCode === errorCode;
      return (
        isTold(kafka, errorCodes.UNKNOWN_TOPIC_OR_PARTITION) && isTold(embedded, errorCodes.NONE)
      );
    },
  },
  {
    apis: ["incrementalAlterConfigs"],
    paths: ["responses.errorCode", "responses.errorMessage"],
    why: "An operation that there is not is INVALID_REQUEST with its number; Apache Kafka answers UNKNOWN_SERVER_ERROR or an error of another config",
    explains: (_, { request }) =>
      JSON.stringify(request).match(/"configOperation":(4|-1)/) !== null,
  },
  {
    apis: ["fetch"],
    paths: [""],
    why: "An isolation level that there is not is INVALID_REQUEST; Apache Kafka answers UNKNOWN_SERVER_ERROR if it comes to read with it",
    explains: (_, { request }) => request.isolationLevel === 2,
  },
  {
    apis: ["consumerGroupHeartbeat"],
    paths: ["errorMessage"],
    why: "What is wrong with a regular expression is not told in the words of Apache Kafka's library",
    explains: ({ embedded }) => /is not a valid regular expression\.$/.test(`${embedded}`),
  },
  {
    apis: ["incrementalAlterConfigs"],
    paths: ["responses.errorMessage"],
    why: "Of several configs that are wrong the first is named; with Apache Kafka it is a hash table's first",
    explains: ({ kafka, embedded }) =>
      [kafka, embedded].every((text) => /^(Can't|Invalid value) /.test(`${text}`)),
  },
  {
    apis: ["produce"],
    paths: ["topics.partitions.errorMessage"],
    why: "A batch that is refused is refused with a reason, also where Apache Kafka gives none",
    explains: ({ kafka, embedded }) => kafka === null && typeof embedded === "string",
  },
  {
    apis: ["produce"],
    paths: ["topics.partitions.errorCode"],
    why: "That a topic is unknown is told before what is wrong with a batch",
    explains: ({ kafka, embedded }) =>
      kafka === errorCodes.CORRUPT_MESSAGE &&
      (embedded === errorCodes.UNKNOWN_TOPIC_OR_PARTITION ||
        embedded === errorCodes.UNKNOWN_TOPIC_ID),
  },
  {
    apis: ["produce"],
    paths: ["topics.partitions.errorCode"],
    why: "Acks that there are not are told before what is wrong with a batch",
    explains: ({ embedded }) => embedded === errorCodes.INVALID_REQUIRED_ACKS,
  },
  {
    apis: ["fetch"],
    paths: [""],
    why: "A negative limit of bytes is as good as none; Apache Kafka fails to read with it",
    explains: (_, { request }) => request.maxBytes === -1,
  },
  {
    apis: ["joinGroup"],
    paths: [""],
    why: "A dynamic member that says it is a static one is UNKNOWN_MEMBER_ID; Apache Kafka fails with UNKNOWN_SERVER_ERROR",
    explains: ({ kafka, embedded }) =>
      JSON.stringify(kafka).includes('"errorCode":-1') &&
      /"errorCode":[1-9]/.test(JSON.stringify(embedded)),
  },
  {
    apis: ["describeTopicPartitions"],
    paths: ["topics"],
    why: "A topic without a name is one that is unknown; Apache Kafka fails with UNKNOWN_SERVER_ERROR for all topics of the request",
    explains: (_, { request }) =>
      (request.topics as { name: string }[]).some(({ name }) => name === ""),
  },
];

/** Whether two answers differ by nothing else. */
export function isOnPurpose(operation: Operation, kafka: unknown, embedded: unknown): boolean {
  const known = differences.filter(({ apis }) => apis.includes(operation.api));
  const wholes = known.flatMap(({ paths }) => paths);
  return spots(kafka, embedded, wholes).every((spot) =>
    known.some(
      ({ paths, explains }) => paths.includes(spot.path) && (explains?.(spot, operation) ?? true),
    ),
  );
}
