// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

export type {
  BrokerOptions,
  ListenerOptions,
  TopicOptions,
  UserOptions,
} from "./broker-options.ts";
export type { Clock } from "./clock.ts";
export type { SaslMechanism } from "./cluster/listener.ts";
export type {
  EmbeddedKafkaErrorCode,
  EmbeddedKafkaErrorOptions,
} from "./embedded-kafka-error.ts";
export { EmbeddedKafkaError } from "./embedded-kafka-error.ts";
export type { BrokerFaults, StoppedBroker } from "./faults/broker-faults.ts";
export type { Fault } from "./faults/fault.ts";
export type {
  ConnectionFilter,
  DelayOptions,
  DropOptions,
  FailOptions,
  FaultFilter,
  MoveCoordinatorOptions,
  MoveLeaderOptions,
  RefuseOptions,
  RequestNamed,
} from "./faults/fault-options.ts";
export type {
  BrokerSnapshot,
  BrokerState,
  CommittedOffsetState,
  ConnectionState,
  GroupMemberState,
  GroupState,
  PartitionState,
  TopicState,
  TransactionState,
} from "./inspect.ts";
export type { Logger } from "./logger.ts";
export type { ApiName } from "./protocol/apis.ts";
export type { ErrorName } from "./protocol/error-codes.ts";
export type { Broker } from "./start-broker.ts";
export { startBroker } from "./start-broker.ts";
