// Copyright 2026 The labwire authors
// SPDX-License-Identifier: Apache-2.0

import {
  type Attributes,
  type Counter,
  type Histogram,
  type MeterProvider,
  metrics as metricsApi,
  type UpDownCounter,
} from "@opentelemetry/api";
import { KafkakitError } from "./kafkakit-error.ts";
import type {
  Call,
  CommitCall,
  DeadLetterCall,
  Middleware,
  Next,
  ProcessCall,
  SendCall,
} from "./middleware.ts";

/** Options of {@link metrics}. */
export interface MetricsOptions {
  /** Where instruments come from. Default: the global one, as it is when the first call is made. */
  meterProvider?: MeterProvider;
}

interface Instruments {
  readonly operationDuration: Histogram;
  readonly processDuration: Histogram;
  readonly sent: Counter;
  readonly consumed: Counter;
  readonly retries: Counter;
  readonly deadLetters: Counter;
  readonly inFlight: UpDownCounter;
}

// https://opentelemetry.io/docs/specs/semconv/messaging/messaging-metrics/
const explicitBucketBoundaries = [
  0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10,
];

/**
 * Middleware that measures producers and consumers by OpenTelemetry's conventions for messaging:
 * durations in seconds, attributes of few values (no keys, offsets or partitions).
 */
export function metrics({ meterProvider }: MetricsOptions = {}): Middleware {
  let instruments: Instruments | undefined;
  return (next) => {
    return function measure(call: Call): Promise<void> {
      // At first use, as a global provider is often set after modules are loaded.
      instruments ??= createInstruments(meterProvider ?? metricsApi.getMeterProvider());
      switch (call.kind) {
        case "send":
          return measureSend(instruments, call, next);
        case "process":
          return measureProcess(instruments, call, next);
        case "deadLetter":
          return measureDeadLetter(instruments, call, next);
        case "commit":
          return measureCommit(instruments, call, next);
        default:
          return next(call);
      }
    };
  };
}

async function measureSend(
  { operationDuration, sent }: Instruments,
  call: SendCall,
  next: Next,
): Promise<void> {
  const counts = new Map<string, number>();
  for (const { topic } of call.records) counts.set(topic, (counts.get(topic) ?? 0) + 1);
  const [first] = counts.keys();
  const attributes = {
    "messaging.system": "kafka",
    "messaging.operation.name": "send",
    "messaging.operation.type": "send",
  };
  const { error, seconds } = await timed(next, call);
  const failed = errorAttributes(error);
  operationDuration.record(seconds, {
    ...attributes,
    ...failed,
    // One send may go to several topics: then it has none.
    ...(counts.size === 1 && { "messaging.destination.name": first }),
  });
  for (const [topic, count] of counts) {
    sent.add(count, { ...attributes, ...failed, "messaging.destination.name": topic });
  }
  if (error !== undefined) throw error.reason;
}

async function measureProcess(
  { processDuration, consumed, retries, inFlight }: Instruments,
  call: ProcessCall,
  next: Next,
): Promise<void> {
  const attributes = consumerAttributes(call, "process", "process");
  if (call.attempt === 1) consumed.add(1, consumerAttributes(call, "poll", "receive"));
  else retries.add(1, attributes);
  inFlight.add(1, attributes);
  const { error, seconds } = await timed(next, call);
  inFlight.add(-1, attributes);
  processDuration.record(seconds, { ...attributes, ...errorAttributes(error) });
  if (error !== undefined) throw error.reason;
}

async function measureDeadLetter(
  { consumed, deadLetters }: Instruments,
  call: DeadLetterCall,
  next: Next,
): Promise<void> {
  await next(call);
  // No handler has seen it.
  if (call.attempts === 0) consumed.add(1, consumerAttributes(call, "poll", "receive"));
  deadLetters.add(1, {
    ...consumerAttributes(call, "process", "process"),
    ...errorAttributes({ reason: call.error }),
  });
}

async function measureCommit(
  { operationDuration }: Instruments,
  call: CommitCall,
  next: Next,
): Promise<void> {
  const { group, offsets } = call;
  const topics = new Set(offsets.map(({ topic }) => topic));
  const [first] = topics;
  const { error, seconds } = await timed(next, call);
  operationDuration.record(seconds, {
    "messaging.system": "kafka",
    "messaging.operation.name": "commit",
    "messaging.operation.type": "settle",
    "messaging.consumer.group.name": group,
    ...(topics.size === 1 && { "messaging.destination.name": first }),
    ...errorAttributes(error),
  });
  if (error !== undefined) throw error.reason;
}

interface Thrown {
  readonly reason: unknown;
}

async function timed(
  next: Next,
  call: Call,
): Promise<{ error: Thrown | undefined; seconds: number }> {
  const started = performance.now();
  let error: Thrown | undefined;
  try {
    await next(call);
  } catch (reason) {
    error = { reason };
  }
  return { error, seconds: (performance.now() - started) / 1000 };
}

function consumerAttributes(
  { group, record }: ProcessCall | DeadLetterCall,
  name: string,
  type: string,
): Attributes {
  return {
    "messaging.system": "kafka",
    "messaging.operation.name": name,
    "messaging.operation.type": type,
    "messaging.destination.name": record.topic,
    "messaging.consumer.group.name": group,
  };
}

/** A code of ours or the class's name: never the message, which has no end of values. */
function errorAttributes(error: Thrown | undefined): Attributes {
  if (error === undefined) return {};
  const { reason } = error;
  if (reason instanceof KafkakitError) return { "error.type": reason.code };
  return { "error.type": reason instanceof Error ? reason.name : "_OTHER" };
}

function createInstruments(meterProvider: MeterProvider): Instruments {
  const meter = meterProvider.getMeter("@labwire/kafkakit");
  const advice = { explicitBucketBoundaries };
  return {
    operationDuration: meter.createHistogram("messaging.client.operation.duration", {
      description: "Duration of messaging operations initiated by a producer or consumer client.",
      unit: "s",
      advice,
    }),
    processDuration: meter.createHistogram("messaging.process.duration", {
      description: "Duration of one attempt to process a message.",
      unit: "s",
      advice,
    }),
    sent: meter.createCounter("messaging.client.sent.messages", {
      description: "Number of messages that the producer tried to send.",
      unit: "{message}",
    }),
    consumed: meter.createCounter("messaging.client.consumed.messages", {
      description: "Number of messages that were delivered to the application.",
      unit: "{message}",
    }),
    retries: meter.createCounter("kafkakit.consumer.retries", {
      description: "Number of attempts after the first.",
      unit: "{attempt}",
    }),
    deadLetters: meter.createCounter("kafkakit.consumer.dead_letters", {
      description:
        "Number of messages that were given up, whether or not there is a topic for them.",
      unit: "{message}",
    }),
    inFlight: meter.createUpDownCounter("kafkakit.consumer.in_flight", {
      description: "Number of handlers that run now.",
      unit: "{message}",
    }),
  };
}
