// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import { KafkakitError, type KafkakitErrorCode } from "../kafkakit-error.ts";

// Names of kafkajs' error classes and types of the protocol's errors (kafkajs/src/errors.js,
// kafkajs/src/protocol/error.js).

const auth = new Set([
  "KafkaJSSASLAuthenticationError",
  "SASL_AUTHENTICATION_FAILED",
  "UNSUPPORTED_SASL_MECHANISM",
  "ILLEGAL_SASL_STATE",
  "TOPIC_AUTHORIZATION_FAILED",
  "GROUP_AUTHORIZATION_FAILED",
  "CLUSTER_AUTHORIZATION_FAILED",
]);

const unavailable = new Set([
  "KafkaJSConnectionError",
  "KafkaJSConnectionClosedError",
  "KafkaJSRequestTimeoutError",
  "KafkaJSBrokerNotFound",
  "KafkaJSNoBrokerAvailableError",
  "KafkaJSGroupCoordinatorNotFound",
  "KafkaJSLockTimeout",
  "BROKER_NOT_AVAILABLE",
  "GROUP_COORDINATOR_NOT_AVAILABLE",
  "GROUP_LOAD_IN_PROGRESS",
  "NOT_COORDINATOR_FOR_GROUP",
  "LEADER_NOT_AVAILABLE",
  "NOT_LEADER_FOR_PARTITION",
  "NOT_ENOUGH_REPLICAS",
  "NOT_ENOUGH_REPLICAS_AFTER_APPEND",
  "NETWORK_EXCEPTION",
  "REQUEST_TIMED_OUT",
]);

const unknownTopic = new Set([
  "UNKNOWN_TOPIC_OR_PARTITION",
  "KafkaJSMetadataNotLoaded",
  "KafkaJSTopicMetadataNotLoaded",
]);

const notOwner = new Set(["ILLEGAL_GENERATION", "UNKNOWN_MEMBER_ID", "FENCED_INSTANCE_ID"]);

const hopeless = new Set([
  "KafkaJSNotImplemented",
  "KafkaJSServerDoesNotSupportApiKey",
  "UNSUPPORTED_VERSION",
  "UNSUPPORTED_COMPRESSION_TYPE",
  "INVALID_GROUP_ID",
  "INVALID_SESSION_TIMEOUT",
  "INVALID_TOPIC_EXCEPTION",
  "INVALID_REQUIRED_ACKS",
  "INVALID_PARTITIONS",
  "INVALID_REPLICATION_FACTOR",
  "INVALID_REQUEST",
  "INVALID_RECORD",
  "INCONSISTENT_GROUP_PROTOCOL",
  "GROUP_MAX_SIZE_REACHED",
  "MESSAGE_TOO_LARGE",
  "RECORD_LIST_TOO_LARGE",
  "POLICY_VIOLATION",
]);

const kinds: [Set<string>, KafkakitErrorCode, retryable: boolean][] = [
  [auth, "auth", false],
  [hopeless, "driver", false],
  [notOwner, "not_owner", false],
  [unknownTopic, "unknown_topic", true],
  [unavailable, "unavailable", true],
];

/** Says in kafkakit's terms what kafkajs threw; `action` is a phrase such as `join group 'a'`. */
export function toKafkakitError(reason: unknown, action: string): KafkakitError {
  const message = `Cannot ${action}: ${KafkakitError.from(reason).message}`;
  // kafkajs wraps what it gave up on.
  for (let error = reason, depth = 0; error instanceof Error && depth < 10; error = error.cause) {
    depth++;
    if (error instanceof KafkakitError) return error;
    const type = (error as { type?: unknown }).type;
    for (const [names, code, retryable] of kinds) {
      if (names.has(error.name) || (typeof type === "string" && names.has(type))) {
        return new KafkakitError(message, { code, retryable, cause: reason });
      }
    }
    // Creating several topics fails with a list.
    const [first] = (error as { errors?: unknown[] }).errors ?? [];
    if (first !== undefined) return toKafkakitError(first, action);
  }
  return new KafkakitError(message, { code: "driver", retryable: true, cause: reason });
}

/** Whether the group is dealing its partitions anew, so that the member must join again. */
export function isRebalance(reason: unknown): boolean {
  const type = (reason as { type?: unknown } | undefined)?.type;
  return (
    type === "REBALANCE_IN_PROGRESS" ||
    type === "NOT_COORDINATOR_FOR_GROUP" ||
    (typeof type === "string" && notOwner.has(type))
  );
}
