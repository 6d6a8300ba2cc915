// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

// For all who produce and consume.

export type {
  Health,
  KafkaApp,
  KafkaAppOptions,
  KafkaRun,
  StartOptions,
  StopOptions,
} from "./app.ts";
export { createKafkaApp } from "./app.ts";
export { deadLetterHeaders } from "./dead-letter.ts";
export type { HandlerContext } from "./handler-context.ts";
export type {
  KafkakitErrorCode,
  KafkakitErrorOptions,
  RetryableErrorOptions,
} from "./kafkakit-error.ts";
export { KafkakitError, PoisonError, RetryableError, SkipError } from "./kafkakit-error.ts";
export type { Logger } from "./logger.ts";
export type { Producer, SendOptions } from "./producer.ts";
export type { HeadersInit, RawRecord } from "./record.ts";
export type { ExponentialOptions, RetryPolicy } from "./retry.ts";
export { exponential } from "./retry.ts";
export type { Handler, MethodName, ServiceHandlers, ServiceOptions } from "./service.ts";
export type { Topic, TopicOptions } from "./topic.ts";
export { topic } from "./topic.ts";

// For those who write middleware.

export type {
  AssignmentCall,
  Call,
  CommitCall,
  DeadLetterCall,
  LagCall,
  Middleware,
  Next,
  PartitionLag,
  ProcessCall,
  SendCall,
} from "./middleware.ts";

// For those who write drivers and tests.

export type { Clock } from "./clock.ts";
export type {
  ConsumerRecord,
  Driver,
  DriverConsumer,
  DriverConsumerEvents,
  DriverConsumerOptions,
  DriverProducer,
  PartitionOffset,
  PartitionProgress,
  ProducerRecord,
  RecordBatch,
  RecordHeaders,
  TopicPartition,
  TopicSpec,
} from "./driver.ts";
